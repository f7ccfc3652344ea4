package instrument

import (
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func TestEnvironmentIsShown(t *testing.T) {
	t.Setenv("KMC_TEST", "a=b")
	equal(t, get[map[string]string](start(t, Serving, nil), "/env")["KMC_TEST"], "a=b")
}

func TestUserIsShown(t *testing.T) {
	user := get[struct {
		UID          int
		Groups       []int
		Capabilities map[string]string
		Seccomp      string
	}](start(t, Serving, nil), "/user")
	equal(t, user.UID, os.Getuid())
	equal(t, len(user.Capabilities["effective"]), 16)
	if user.Seccomp == "" || user.Groups == nil {
		t.Fatalf("expected the seccomp mode and groups, got %+v", user)
	}
}

func TestMountsAreShown(t *testing.T) {
	serving := start(t, Serving, nil)
	isProc := func(m mount) bool { return m.Path == "/proc" && m.Type == "proc" }
	if mounts := get[[]mount](serving, "/mounts"); !slices.ContainsFunc(mounts, isProc) {
		t.Fatalf("expected /proc among %v", mounts)
	}
	found := get[[]mount](serving, "/mounts?path=/proc")
	if len(found) == 0 || slices.ContainsFunc(found, func(m mount) bool { return m.Path != "/proc" }) {
		t.Fatalf("expected only what is mounted at /proc, got %v", found)
	}
	equal(t, len(get[[]mount](serving, "/mounts?path=/none")), 0)
}

func TestMountsAreShownWithoutPlacesOfTheNode(t *testing.T) {
	shown := publicOptions("rw,relatime,lowerdir=/var/lib/a:/var/lib/b,upperdir=/var/lib/c,addr=192.0.2.1,size=8192k")
	if expected := []string{"rw", "relatime", "size=8192k"}; !slices.Equal(shown, expected) {
		t.Fatalf("expected %v, got %v", expected, shown)
	}
}

func TestProcessesAreShown(t *testing.T) {
	found := get[[]process](start(t, Serving, nil), "/processes")
	index := slices.IndexFunc(found, func(p process) bool { return p.PID == os.Getpid() })
	if index < 0 || !slices.Equal(found[index].Command, os.Args) {
		t.Fatalf("expected %d with %q among %v", os.Getpid(), os.Args, found)
	}
}

func TestInputIsOpenUntilItEnds(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	descriptor := int(reader.Fd())
	for _, step := range []struct {
		change   func() error
		expected string
	}{
		{func() error { return nil }, "open"},
		{func() error { _, err := writer.WriteString("x"); return err }, "data"},
		{writer.Close, "eof"},
	} {
		if err := step.change(); err != nil {
			t.Fatal(err)
		}
		state, err := inputState(descriptor)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, state, step.expected)
	}
	unused, err := unix.Dup(descriptor)
	if err == nil {
		err = unix.Close(unused)
	}
	if err != nil {
		t.Fatal(err)
	}
	state, err := inputState(unused)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, state, "closed")
}

func TestFilesAreWrittenReadAndRemoved(t *testing.T) {
	s := start(t, Serving, nil)
	folder := t.TempDir()
	path := "/file?path=" + url.QueryEscape(filepath.Join(folder, "note"))
	equal(t, decode[fileState](t, s.expect("PUT", path, "hello", 200)).Size, 5)
	read := get[fileState](s, path)
	equal(t, read.Content, "hello")
	equal(t, read.Kind, "file")
	equal(t, get[fileState](s, "/file?path="+url.QueryEscape(folder)).Entries[0], "note")
	s.expect("DELETE", path, "", 200)
	missing := decode[failure](t, s.expect("GET", path, "", 404))
	equal(t, missing.Errno, "ENOENT")
}

func TestFileErrorsAreNamed(t *testing.T) {
	s := start(t, Serving, nil)
	folder := t.TempDir()
	equal(t, decode[failure](t, s.expect("PUT", "/file?path="+url.QueryEscape(folder), "x", 500)).Errno, "EISDIR")
	for errno, name := range map[syscall.Errno]string{unix.EROFS: "EROFS", unix.EACCES: "EACCES", unix.EPERM: "EPERM"} {
		recorder := httptest.NewRecorder()
		answerFile(recorder, nil, &os.PathError{Err: errno})
		equal(t, recorder.Code, 403)
		equal(t, decode[failure](t, recorder.Body.String()).Errno, name)
	}
	equal(t, errnoName(os.ErrClosed), "")
}

func TestWriteCommandFillsAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "note")
	out := &lines{}
	equal(t, writeCommand(config{}, []string{path, "from an init container"}, out), 0)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, string(content), "from an init container")
	equal(t, writeCommand(config{}, []string{filepath.Join(path, "below"), "x"}, out), 1)
	equal(t, writeCommand(config{}, []string{path}, out), 2)
}
