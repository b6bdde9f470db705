package rpc

import (
	"context"
	"log/slog"
	"regexp"
	"sync"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// Bounds of the log of causes: a database that is away fails every request of a busy server for the same reason.
const (
	causeInterval = time.Second // between two records of one class
	causeClasses  = 64          // that are told apart; what comes beyond shares one class
	maxCause      = 512         // bytes of a cause in a record, and of the name of its class
)

// otherCauses is the class of what is beyond causeClasses.
const otherCauses = "other"

// changing is what differs between causes of one class: the port of a broken connection, the number of a page.
var changing = regexp.MustCompile(`[0-9]+`)

// causeLog writes why requests could not be answered, which clients are not told: each class at most once an interval,
// with the number of those that were passed over since the record before.
type causeLog struct {
	log *slog.Logger
	now func() time.Time

	mu      sync.Mutex
	classes map[string]*causeClass
}

// causeClass is what is known of causes that read alike but for their numbers.
type causeClass struct {
	logged     time.Time
	passedOver int
}

func newCauseLog(log *slog.Logger, now func() time.Time) *causeLog {
	return &causeLog{log: log, now: now, classes: map[string]*causeClass{}}
}

// write logs the cause of a request's error at Error, unless its class has had its record.
func (l *causeLog) write(ctx context.Context, e *troubleshoot.Error) {
	cause := clip(e.Cause.Error(), maxCause)
	passedOver, due := l.due(cause)
	if !due {
		return
	}
	call := callFrom(ctx)
	l.log.LogAttrs(ctx, slog.LevelWarn, "request could not be answered", slog.String("requestId", call.requestID),
		slog.String("method", call.method), slog.String("error", clip(e.Message, maxMessage)), slog.String("cause", cause),
		slog.Int("passedOver", passedOver))
}

// due tells whether the cause's class is to be logged now, and how many of it were not since it was.
func (l *causeLog) due(cause string) (passedOver int, due bool) {
	name, now := changing.ReplaceAllString(cause, "#"), l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	class := l.class(name, now)
	if age := now.Sub(class.logged); !class.logged.IsZero() && age >= 0 && age < causeInterval {
		class.passedOver++
		return 0, false
	}
	passedOver = class.passedOver
	class.logged, class.passedOver = now, 0
	return passedOver, true
}

// class finds a class or makes it. Where there is no room, those that have nothing to tell and are no longer held back
// are forgotten first.
func (l *causeLog) class(name string, now time.Time) *causeClass {
	if class := l.classes[name]; class != nil {
		return class
	}
	if len(l.classes) >= causeClasses {
		for other, class := range l.classes {
			if class.passedOver == 0 && now.Sub(class.logged) >= causeInterval {
				delete(l.classes, other)
			}
		}
	}
	if len(l.classes) >= causeClasses {
		name = otherCauses // one more than causeClasses
		if class := l.classes[name]; class != nil {
			return class
		}
	}
	class := &causeClass{}
	l.classes[name] = class
	return class
}
