package instrument

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
)

type environ map[string]string

// lines is a writer that may be read while it is written.
type lines struct {
	lock   sync.Mutex
	buffer bytes.Buffer
}

func (l *lines) Write(data []byte) (int, error) {
	l.lock.Lock()
	defer l.lock.Unlock()
	return l.buffer.Write(data)
}

func (l *lines) String() string {
	l.lock.Lock()
	defer l.lock.Unlock()
	return l.buffer.String()
}

// subject is an instrument under test behind a real server.
type subject struct {
	*testing.T
	*instrument
	url            string
	stdout, stderr *lines
	exits          chan int
}

func configure(t *testing.T, role Role, env environ) config {
	t.Helper()
	settings, err := readConfig(role, nil, func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	return settings
}

func newSubject(t *testing.T, role Role, env environ) *subject {
	t.Helper()
	s := &subject{T: t, stdout: &lines{}, stderr: &lines{}, exits: make(chan int, 1)}
	s.instrument = newInstrument(configure(t, role, env), s.stdout, s.stderr, func(code int) { s.exits <- code })
	return s
}

func start(t *testing.T, role Role, env environ) *subject {
	t.Helper()
	s := newSubject(t, role, env)
	server := httptest.NewUnstartedServer(s.instrument)
	server.Config.Protocols = new(http.Protocols)
	server.Config.Protocols.SetHTTP1(true)
	server.Config.Protocols.SetUnencryptedHTTP2(true)
	server.Start()
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

func (s *subject) port() string {
	parsed, err := url.Parse(s.url)
	if err != nil {
		s.Fatal(err)
	}
	return parsed.Port()
}

// send returns the status and body of an answer.
func (s *subject) send(method, path, body string, headers ...string) (int, string) {
	s.Helper()
	request, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	for index := 0; index < len(headers); index += 2 {
		request.Header.Set(headers[index], headers[index+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.Fatal(err)
	}
	return response.StatusCode, string(text)
}

func (s *subject) expect(method, path, body string, status int) string {
	s.Helper()
	got, text := s.send(method, path, body)
	if got != status {
		s.Fatalf("%s %s: expected %d, got %d %s", method, path, status, got, text)
	}
	return text
}

// get decodes the JSON of a successful answer.
func get[T any](s *subject, path string) T {
	s.Helper()
	return decode[T](s.T, s.expect(http.MethodGet, path, "", http.StatusOK))
}

func decode[T any](t *testing.T, text string) T {
	t.Helper()
	var value T
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("expected JSON, got %q: %v", text, err)
	}
	return value
}

func equal[T comparable](t *testing.T, got, expected T) {
	t.Helper()
	if got != expected {
		t.Fatalf("expected %v, got %v", expected, got)
	}
}

func contains(t *testing.T, text, part string) {
	t.Helper()
	if !strings.Contains(text, part) {
		t.Fatalf("expected %q in %q", part, text)
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
}
