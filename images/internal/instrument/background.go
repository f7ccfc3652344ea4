package instrument

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// backgroundCalls counts the calls of BACKGROUND_CALL and keeps the last result.
type backgroundCalls struct {
	lock   sync.Mutex
	total  int
	failed int
	last   *reply
}

func (b *backgroundCalls) add(answer reply) {
	b.lock.Lock()
	defer b.lock.Unlock()
	b.total++
	if answer.Error != "" {
		b.failed++
	}
	b.last = &answer
}

// callInBackground calls again and again until the context ends.
func (i *instrument) callInBackground(ctx context.Context, target string, interval time.Duration) {
	for ctx.Err() == nil {
		i.backgroundCalls.add(call(ctx, newOrder(target)))
		pause(ctx, interval)
	}
}

func (i *instrument) showBackground(w http.ResponseWriter, _ *http.Request) {
	b := i.backgroundCalls
	b.lock.Lock()
	body := map[string]any{"total": b.total, "failed": b.failed, "last": b.last}
	b.lock.Unlock()
	answerJSON(w, http.StatusOK, body)
}
