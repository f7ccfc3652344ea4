package instrument

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	keptBody    = 1 << 20
	callTimeout = 30 * time.Second
)

// order is a call that the instrument is asked to make.
type order struct {
	url      string
	method   string
	headers  []string
	body     string
	socket   string
	protocol string
	timeout  time.Duration
}

// reply is the result of a call: an answer, or an error and status 0.
type reply struct {
	URL      string      `json:"url"`
	Status   int         `json:"status"`
	Protocol string      `json:"protocol"`
	Headers  http.Header `json:"headers"`
	Body     string      `json:"body"`
	Error    string      `json:"error"`
	Seconds  float64     `json:"seconds"`
}

// call makes the call, without following redirects and without retries.
func call(ctx context.Context, o order) reply {
	started := time.Now()
	ctx, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	var answer reply
	var err error
	if address, isTCP := strings.CutPrefix(o.url, "tcp://"); isTCP {
		answer, err = callTCP(ctx, address, o.body)
	} else {
		answer, err = callHTTP(ctx, o)
	}
	if err != nil {
		answer = reply{Error: err.Error()}
	}
	answer.URL = o.url
	answer.Seconds = time.Since(started).Seconds()
	return answer
}

func callHTTP(ctx context.Context, o order) (reply, error) {
	request, err := http.NewRequestWithContext(ctx, o.method, o.url, strings.NewReader(o.body))
	if err != nil {
		return reply{}, err
	}
	for _, line := range o.headers {
		name, value, found := strings.Cut(line, ":")
		if !found {
			return reply{}, fmt.Errorf("header=%q: expected Name: value", line)
		}
		if strings.EqualFold(name, "host") {
			request.Host = strings.TrimSpace(value)
			continue
		}
		request.Header.Add(name, strings.TrimSpace(value))
	}
	transport, err := newTransport(o)
	if err != nil {
		return reply{}, err
	}
	defer transport.CloseIdleConnections()
	response, err := transport.RoundTrip(request)
	if err != nil {
		return reply{}, err
	}
	defer response.Body.Close()
	body, err := readAll(response.Body)
	if err != nil {
		return reply{}, err
	}
	return reply{Status: response.StatusCode, Protocol: response.Proto, Headers: response.Header, Body: body}, nil
}

func newTransport(o order) (*http.Transport, error) {
	transport := &http.Transport{DisableKeepAlives: true}
	switch o.protocol {
	case "":
	case "h2c":
		transport.Protocols = new(http.Protocols)
		transport.Protocols.SetUnencryptedHTTP2(true)
	default:
		return nil, fmt.Errorf("protocol=%q: expected h2c or nothing", o.protocol)
	}
	if o.socket != "" {
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", o.socket)
		}
	}
	return transport, nil
}

// callTCP sends the body, ends its side and reads until the other side ends too.
func callTCP(ctx context.Context, address, body string) (reply, error) {
	connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return reply{}, err
	}
	defer connection.Close()
	stop := context.AfterFunc(ctx, func() { connection.Close() })
	defer stop()
	if _, err := io.WriteString(connection, body); err != nil {
		return reply{}, err
	}
	if err := connection.(*net.TCPConn).CloseWrite(); err != nil {
		return reply{}, err
	}
	echoed, err := readAll(connection)
	return reply{Protocol: "TCP", Body: echoed}, err
}

// readAll fails where the body is too long, rather than return a part of it.
func readAll(source io.Reader) (string, error) {
	body, err := io.ReadAll(io.LimitReader(source, keptBody+1))
	if err == nil && len(body) > keptBody {
		err = errors.New("the answer is longer than 1 MiB")
	}
	return string(body), err
}

func (i *instrument) relay(w http.ResponseWriter, r *http.Request) {
	o, ok := readOrder(w, r)
	if ok {
		answerReply(w, call(r.Context(), o))
	}
}

func answerReply(w http.ResponseWriter, answer reply) {
	status := http.StatusOK
	if answer.Error != "" {
		status = http.StatusBadGateway
	}
	answerJSON(w, status, answer)
}

func readOrder(w http.ResponseWriter, r *http.Request) (order, bool) {
	query := r.URL.Query()
	timeout, ok := queryDuration(w, r, "timeout", callTimeout, time.Second)
	if !ok {
		return order{}, false
	}
	o := newOrder(query.Get("url"))
	o.timeout, o.headers, o.body = timeout, query["header"], query.Get("body")
	o.socket, o.protocol = query.Get("socket"), query.Get("protocol")
	if method := query.Get("method"); method != "" {
		o.method = method
	}
	if parsed, err := url.Parse(o.url); err != nil || parsed.Host == "" {
		answerBadRequest(w, "url=%q: expected http://host:port/path or tcp://host:port", o.url)
		return order{}, false
	}
	return o, true
}

func newOrder(target string) order {
	return order{url: target, method: http.MethodGet, timeout: callTimeout}
}
