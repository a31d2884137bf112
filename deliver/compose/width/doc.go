// Package width says how wide characters are where Japanese and Western letters stand in
// one line (Unicode Standard Annex 11).
package width
