package instrument

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// failure is the body of every answer that reports an error.
type failure struct {
	Error string `json:"error"`
	Errno string `json:"errno,omitempty"`
}

func answerJSON(w http.ResponseWriter, status int, body any) {
	// What is answered are maps and structs of plain fields, which can always be encoded.
	text, _ := json.Marshal(body)
	text = append(text, '\n')
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	// A client that has gone away is seen in the request log, not here.
	_, _ = w.Write(text)
}

func answerBadRequest(w http.ResponseWriter, format string, values ...any) {
	answerJSON(w, http.StatusBadRequest, failure{Error: fmt.Sprintf(format, values...)})
}

// queryDuration reads a parameter in units; when it is wrong it answers 400 and returns false.
func queryDuration(w http.ResponseWriter, r *http.Request, name string, fallback, unit time.Duration) (time.Duration, bool) {
	text := r.URL.Query().Get(name)
	duration, err := parseDuration(text, fallback, unit)
	if err != nil {
		answerBadRequest(w, "%s=%q: expected a number (of %v)", name, text, unit)
	}
	return duration, err == nil
}

// queryCount reads a whole number up to most; when it is wrong it answers 400 and returns false.
func queryCount(w http.ResponseWriter, r *http.Request, name string, fallback, most int) (int, bool) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return fallback, true
	}
	number, err := strconv.Atoi(text)
	if err != nil || number < 0 || number > most {
		answerBadRequest(w, "%s=%q: expected a whole number from 0 to %d", name, text, most)
		return 0, false
	}
	return number, true
}
