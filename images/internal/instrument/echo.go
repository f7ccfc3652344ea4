package instrument

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"

	"github.com/coder/websocket"
)

// echo reports what arrived. The body is cut at 1 MiB; its size and checksum are of all of it.
func echo(w http.ResponseWriter, r *http.Request) {
	shown, err := io.ReadAll(io.LimitReader(r.Body, keptBody))
	sum := sha256.New()
	sum.Write(shown)
	rest := int64(0)
	if err == nil {
		rest, err = io.Copy(sum, r.Body)
	}
	if err != nil {
		answerBadRequest(w, "reading the body: %v", err)
		return
	}
	item := newReceived(r)
	answerJSON(w, http.StatusOK, map[string]any{
		"method":      item.Method,
		"uri":         r.RequestURI,
		"path":        item.Path,
		"query":       item.Query,
		"host":        item.Host,
		"remote":      item.Remote,
		"local":       item.Local,
		"protocol":    item.Protocol,
		"headers":     item.Headers,
		"body":        string(shown),
		"body_size":   int64(len(shown)) + rest,
		"body_sha256": hex.EncodeToString(sum.Sum(nil)),
	})
}

// echoWebSocket sends every message back until the client closes.
func echoWebSocket(w http.ResponseWriter, r *http.Request) {
	connection, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return // Accept has answered
	}
	defer connection.CloseNow()
	connection.SetReadLimit(keptBody)
	for {
		kind, message, err := connection.Read(r.Context())
		if err != nil {
			return
		}
		if err := connection.Write(r.Context(), kind, message); err != nil {
			return
		}
	}
}
