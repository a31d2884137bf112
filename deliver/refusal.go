package deliver

import (
	"errors"
	"strconv"
	"strings"
)

// Refusal is a relay that would not take us: a Result that blames us, as an error.
type Refusal struct{ Result Result }

// Error says it by its code and in our own words.
func (r *Refusal) Error() string { return r.say(r.Result.Text) }

// Disclose says it in the relay's own words, if it had any; see [Words.Disclose].
func (r *Refusal) Disclose() string {
	if said := r.Result.Words.Disclose(); said != "" {
		return r.say(said)
	}
	return r.Error()
}

// RefusalOf makes a Refusal of any failure to connect.
func RefusalOf(err error) *Refusal {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return r
	}
	return &Refusal{Judge(StageDial, 0, "", err.Error())}
}

// Disclose is an error of a relay in the relay's own words, if it is a [Refusal].
func Disclose(err error) error {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return errors.New(r.Disclose())
	}
	return err
}

func (r *Refusal) say(why string) string {
	s := "the relay cannot be used: " + r.Result.Stage.String()
	if r.Result.Code != 0 {
		s += ": reply " + strconv.Itoa(r.Result.Code)
		if r.Result.Enhanced != "" && !strings.HasPrefix(why, r.Result.Enhanced) {
			s += " " + r.Result.Enhanced
		}
	}
	if why != "" {
		s += ": " + why
	}
	return s
}
