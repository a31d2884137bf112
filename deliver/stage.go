package deliver

// Stage is how far an attempt got.
type Stage uint8

// The stages of an attempt.
const (
	StageDial     Stage = iota + 1 // connection, TLS
	StageGreeting                  // greeting, EHLO
	StageAuth                      // AUTH
	StageMail                      // MAIL
	StageRcpt                      // RCPT
	StageData                      // DATA, up to the last byte before the final dot
	StageDot                       // from the write that contains the final dot

	stages = iota + 1 // with 0, which is none
)

// String is the SMTP word for the stage.
func (s Stage) String() string {
	names := [stages]string{
		"none", StageDial: "connect", StageGreeting: "greeting", StageAuth: "AUTH", StageMail: "MAIL", StageRcpt: "RCPT", StageData: "DATA", StageDot: "end of data",
	}
	return names[min(int(s), len(names)-1)]
}
