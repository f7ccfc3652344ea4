package instrument

import (
	"fmt"
	"net/http"
	"os"
	"strconv"
	"time"
)

// end exits as ordered, without waiting for requests and without closing anything.
func (i *instrument) end(order exitOrder) {
	time.Sleep(order.after)
	if order.message != "" {
		i.output.err(order.message)
	}
	i.exit(order.code)
}

func (i *instrument) orderExit(w http.ResponseWriter, r *http.Request) {
	text := r.URL.Query().Get("code")
	code, err := parseExitCode(text)
	if err != nil {
		answerBadRequest(w, "code=%q: expected a number from 0 to 255", text)
		return
	}
	after, ok := queryDuration(w, r, "after", 0, time.Second)
	if !ok {
		return
	}
	answerJSON(w, http.StatusAccepted, map[string]any{"code": code, "after": after.Seconds()})
	// The process may be gone before this returns, and a client that sees no whole answer can't tell whether it was heard.
	_ = http.NewResponseController(w).Flush()
	go i.end(exitOrder{code: code, after: after, message: r.URL.Query().Get("message")})
}

// recordSignal leaves a trace of a signal in the log, and in a file that may outlive the container.
func (i *instrument) recordSignal(received os.Signal) {
	now := time.Now().UTC()
	i.output.event(map[string]any{
		"event":     "signal",
		"time":      now,
		"container": i.config.container,
		"signal":    received.String(),
	})
	if i.config.termLog == "" {
		return
	}
	line := fmt.Sprintf("%s %s %s\n", now.Format(time.RFC3339Nano), i.config.container, received)
	if err := appendLine(i.config.termLog, line); err != nil {
		i.output.err("TERM_LOG=" + strconv.Quote(i.config.termLog) + ": " + err.Error())
	}
}

func appendLine(path, line string) error {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	_, err = file.WriteString(line)
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	return err
}
