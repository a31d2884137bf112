package subscribe

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// TestValues: they say what the fields say, and show nothing of it.
func TestValues(t *testing.T) {
	t.Parallel()
	vs := Fields{"prefecture": "13", "name": "山田 花子"}.Values()
	if len(vs) != 2 || vs[0].Field != "name" || vs.Of("name") != "山田 花子" || vs.Of("prefecture") != "13" || vs.Of("organisation") != "" {
		t.Errorf("%d values", len(vs))
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "all", vs, "one", vs[0])
	text, err := json.Marshal(struct{ A, B any }{vs, vs[0]})
	if err != nil {
		t.Error(err)
	}
	shown := log.String() + string(text) + fmt.Sprintf("%v %+v %#v %s %v %#v", vs, vs, vs, vs[0], vs[1], vs[1])
	if strings.Contains(shown, "山田") || strings.Contains(shown, "13\"") || strings.Contains(shown, `\u`) {
		t.Error(shown)
	}
}
