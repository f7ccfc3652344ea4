package instrument

import (
	"fmt"
	"io"
	"net/http"
)

// root behaves as the containers of Knative's multi-container example do.
func (i *instrument) root(w http.ResponseWriter, r *http.Request) {
	if i.config.role == Sidecar {
		fmt.Fprintln(w, i.config.response)
		return
	}
	request, err := http.NewRequestWithContext(r.Context(), http.MethodGet, i.config.forwardURL, nil)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	transport := &http.Transport{DisableKeepAlives: true}
	response, err := transport.RoundTrip(request)
	if err != nil {
		http.Error(w, fmt.Sprintf("calling the sidecar at %s: %v", i.config.forwardURL, err), http.StatusBadGateway)
		return
	}
	defer response.Body.Close()
	w.Header().Set("Content-Type", response.Header.Get("Content-Type"))
	w.WriteHeader(response.StatusCode)
	// The status is already sent: if the sidecar breaks off now, the body is short.
	_, _ = io.Copy(w, response.Body)
}
