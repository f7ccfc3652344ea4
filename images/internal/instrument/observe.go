package instrument

import (
	"net/http"
	"time"
)

// observe counts a request, passes it on and logs it as one line.
func (i *instrument) observe(w http.ResponseWriter, r *http.Request, answer http.HandlerFunc) {
	item, probe := newReceived(r), isProbe(r)
	leave := i.traffic.arrive(item, probe)
	watched := &statusWriter{ResponseWriter: w}
	defer func() {
		leave()
		i.output.event(map[string]any{
			"event":      "request",
			"time":       item.Time,
			"container":  i.config.container,
			"method":     item.Method,
			"path":       item.Path,
			"query":      item.Query,
			"protocol":   item.Protocol,
			"remote":     item.Remote,
			"local":      item.Local,
			"user_agent": r.UserAgent(),
			"probe":      probe,
			"status":     watched.status,
			"seconds":    time.Since(item.Time).Seconds(),
		})
	}()
	answer(watched, r)
}

// statusWriter remembers the status: 0 until one is sent, and for a hijacked connection.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (s *statusWriter) WriteHeader(status int) {
	if s.status == 0 {
		s.status = status
	}
	s.ResponseWriter.WriteHeader(status)
}

func (s *statusWriter) Write(data []byte) (int, error) {
	if s.status == 0 {
		s.status = http.StatusOK
	}
	return s.ResponseWriter.Write(data)
}

// Flush makes it an http.Flusher, which the gRPC handler requires.
func (s *statusWriter) Flush() {
	// Only a writer made up by a test can't flush; every server's can.
	_ = http.NewResponseController(s.ResponseWriter).Flush()
}

// Unwrap lets http.ResponseController and the WebSocket library reach the connection.
func (s *statusWriter) Unwrap() http.ResponseWriter {
	return s.ResponseWriter
}
