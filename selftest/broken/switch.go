// Package broken says which fault is switched on in this program. It is added to the modules of a broken Knative.
package broken

import (
	"encoding/json"
	"net/http"
	"os"
	"sync/atomic"
)

// Variable names the fault of a queue-proxy, whose pod is made anew for it.
const Variable = "KMC_FAULT"

// What is switched on here, and what is handed on to the pods of Services.
type state struct {
	Fault    string `json:"fault"`
	HandedOn string `json:"handedOn"`
	Build    string `json:"build"`
}

var current atomic.Pointer[state]

func init() {
	current.Store(&state{Fault: os.Getenv(Variable), Build: build})
	if _, inPod := os.LookupEnv("SERVING_REVISION"); !inPod {
		go listen()
	}
}

// listen lets a fault be switched at run time: GET /?fault=NAME&handedOn=NAME. A program that can't listen is healthy.
func listen() {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked := r.URL.Query(); len(asked) != 0 {
			current.Store(&state{Fault: asked.Get("fault"), HandedOn: asked.Get("handedOn"), Build: build})
		}
		_ = json.NewEncoder(w).Encode(current.Load())
	})
	_ = http.ListenAndServe(":9876", handler)
}

// On returns whether a fault is switched on.
func On(fault string) bool {
	return current.Load().Fault == fault
}

// HandedOn returns the fault that new pods of Services get, or nothing.
func HandedOn() string {
	return current.Load().HandedOn
}
