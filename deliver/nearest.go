package deliver

// Nearest is the known word that s was probably meant to be, or "".
func Nearest(s string, known []string) string {
	best, word := 3, ""
	for _, k := range known {
		if d := distance(s, k); d < best && d*2 < len(k) {
			best, word = d, k
		}
	}
	return word
}

// distance is the Levenshtein distance in bytes; a far longer s is only far.
func distance(s, t string) int {
	if len(s) > len(t)+8 {
		return len(s)
	}
	row := make([]int, len(t)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(s) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(t) {
			change := diagonal
			if s[i] != t[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(t)]
}
