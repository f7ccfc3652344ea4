package instrument

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
)

// output keeps the lines that go to the two streams whole.
type output struct {
	lock           sync.Mutex
	stdout, stderr io.Writer
}

func (o *output) out(line string) {
	o.lock.Lock()
	defer o.lock.Unlock()
	fmt.Fprintln(o.stdout, line)
}

func (o *output) err(line string) {
	o.lock.Lock()
	defer o.lock.Unlock()
	fmt.Fprintln(o.stderr, line)
}

// event logs one JSON line to stdout.
func (o *output) event(body any) {
	line, err := json.Marshal(body)
	if err != nil {
		o.err(err.Error())
		return
	}
	o.out(string(line))
}

func (i *instrument) logLine(w http.ResponseWriter, r *http.Request) {
	line := r.URL.Query().Get("line")
	switch stream := r.URL.Query().Get("stream"); stream {
	case "", "stdout":
		i.output.out(line)
	case "stderr":
		i.output.err(line)
	default:
		answerBadRequest(w, "stream=%q: expected stdout or stderr", stream)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
