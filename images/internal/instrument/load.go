package instrument

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"time"
)

// slow answers after a delay and may call a URL at its end: a request that needs the sidecar until the end.
func slow(w http.ResponseWriter, r *http.Request) {
	duration, ok := queryDuration(w, r, "seconds", time.Second, time.Second)
	if !ok {
		return
	}
	started := time.Now()
	pause(r.Context(), duration)
	body := map[string]any{"seconds": time.Since(started).Seconds(), "then": nil}
	status := http.StatusOK
	if target := r.URL.Query().Get("then"); target != "" {
		answer := call(r.Context(), newOrder(target))
		body["then"] = answer
		if answer.Error != "" {
			status = http.StatusBadGateway
		}
	}
	answerJSON(w, status, body)
}

func sendStatus(w http.ResponseWriter, r *http.Request) {
	status, err := strconv.Atoi(r.PathValue("code"))
	if err != nil || status < http.StatusOK || status > 599 {
		answerBadRequest(w, "/status/%s: expected an HTTP status from 200 to 599", r.PathValue("code"))
		return
	}
	answerJSON(w, status, map[string]int{"status": status})
}

// sendBytes sends n bytes of a text that repeats every 16.
func sendBytes(w http.ResponseWriter, r *http.Request) {
	count, ok := queryCount(w, r, "n", 1024, 1<<30)
	if !ok {
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Length", strconv.Itoa(count))
	chunk := bytes.Repeat([]byte("0123456789abcdef"), 4096)
	for count > 0 {
		written, err := w.Write(chunk[:min(count, len(chunk))])
		if err != nil {
			return
		}
		count -= written
	}
}

// sendEvents sends Server-Sent Events, each as soon as it is due.
func sendEvents(w http.ResponseWriter, r *http.Request) {
	count, ok := queryCount(w, r, "count", 3, 1_000_000)
	if !ok {
		return
	}
	interval, ok := queryDuration(w, r, "interval_ms", 100*time.Millisecond, time.Millisecond)
	if !ok {
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	for number := range count {
		if number > 0 {
			pause(r.Context(), interval)
		}
		// Neither a number nor a time fails to encode.
		data, _ := json.Marshal(map[string]any{"number": number, "time": time.Now().UTC()})
		fmt.Fprintf(w, "id: %d\ndata: %s\n\n", number, data)
		if http.NewResponseController(w).Flush() != nil || r.Context().Err() != nil {
			return
		}
	}
}

// allocate takes memory and never frees it.
func (i *instrument) allocate(w http.ResponseWriter, r *http.Request) {
	mebibytes, ok := queryCount(w, r, "mib", 0, 1<<20)
	if !ok {
		return
	}
	taken := make([]byte, mebibytes<<20)
	for offset := 0; offset < len(taken); offset += os.Getpagesize() {
		taken[offset] = 1 // memory is in use once it is touched
	}
	i.hoardLock.Lock()
	defer i.hoardLock.Unlock()
	i.hoard = append(i.hoard, taken)
	answerJSON(w, http.StatusOK, map[string]int{"mib": mebibytes})
}
