package instrument

import (
	"crypto/rand"
	"net"
	"net/http"
	"os"
	"time"
)

type identity struct {
	Container     string    `json:"container"`
	Role          Role      `json:"role"`
	Pod           string    `json:"pod"`
	Service       string    `json:"service"`
	Configuration string    `json:"configuration"`
	Revision      string    `json:"revision"`
	Boot          string    `json:"boot"`
	PID           int       `json:"pid"`
	Args          []string  `json:"args"`
	Started       time.Time `json:"started"`
	Addresses     []string  `json:"addresses,omitzero"`
}

// newIdentity fills in everything but the addresses, which are looked up on request.
func newIdentity(settings config, started time.Time) identity {
	pod, err := os.Hostname()
	if err != nil {
		pod = ""
	}
	return identity{
		Container:     settings.container,
		Role:          settings.role,
		Pod:           pod,
		Service:       os.Getenv("K_SERVICE"),
		Configuration: os.Getenv("K_CONFIGURATION"),
		Revision:      os.Getenv("K_REVISION"),
		Boot:          rand.Text(),
		PID:           os.Getpid(),
		Args:          append([]string{}, settings.args...),
		Started:       started.UTC(),
	}
}

func (i *instrument) showIdentity(w http.ResponseWriter, _ *http.Request) {
	who := i.identity
	addresses, err := podAddresses()
	if err != nil {
		answerJSON(w, http.StatusInternalServerError, failure{Error: err.Error()})
		return
	}
	who.Addresses = addresses
	answerJSON(w, http.StatusOK, who)
}

func podAddresses() ([]string, error) {
	found, err := net.InterfaceAddrs()
	if err != nil {
		return nil, err
	}
	addresses := []string{}
	for _, address := range found {
		if network, ok := address.(*net.IPNet); ok && network.IP.IsGlobalUnicast() {
			addresses = append(addresses, network.IP.String())
		}
	}
	return addresses, nil
}
