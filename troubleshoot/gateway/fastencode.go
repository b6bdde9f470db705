package gateway

import (
	"strconv"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

// Bounds of google.protobuf.Timestamp, in seconds since 1970, and of Duration, in seconds.
const (
	minTimestamp = -62135596800 // 0001-01-01T00:00:00Z
	maxTimestamp = 253402300799 // 9999-12-31T23:59:59Z
	maxDuration  = 315576000000
)

// writer appends JSON. It turns bad at a value that protojson would refuse or that it does not know how to write.
type writer struct {
	out []byte
	bad bool
}

// encodeIntercept writes m as protojson does with EmitDefaultValues, or reports false and leaves it to protojson.
func encodeIntercept(m *pb.Intercept) ([]byte, bool) {
	if m == nil {
		return nil, false
	}
	w := &writer{out: make([]byte, 0, 640)}
	w.out = append(w.out, '{')
	w.str(`"name":`, m.GetName())
	w.str(`,"seller":`, m.GetSeller())
	w.str(`,"orderId":`, m.GetOrderId())
	w.str(`,"lineId":`, m.GetLineId())
	w.str(`,"sku":`, m.GetSku())
	w.str(`,"reason":`, m.GetReason())
	w.str(`,"rawReason":`, m.GetRawReason())
	w.enum(`,"arm":`, int32(m.GetArm()), pb.Intercept_Arm_name)
	w.str(`,"why":`, m.GetWhy())
	if m.Offer != nil {
		w.out = append(w.out, `,"offer":`...)
		w.offer(m.Offer)
	}
	w.str(`,"refundUrl":`, m.GetRefundUrl())
	if m.ShopperToken != nil {
		w.str(`,"shopperToken":`, *m.ShopperToken)
	}
	if m.Choice != nil {
		w.enum(`,"choice":`, int32(*m.Choice), pb.Intercept_Choice_name)
	}
	w.timestamp(`,"createTime":`, m.GetCreateTime())
	w.timestamp(`,"matureTime":`, m.GetMatureTime())
	w.int32(`,"epoch":`, m.GetEpoch())
	if m.Comment != nil {
		w.str(`,"comment":`, *m.Comment)
	}
	w.out = append(w.out, '}')
	return w.out, !w.bad
}

func (w *writer) offer(o *pb.Offer) {
	w.out = append(w.out, `{"guides":[`...)
	for i, g := range o.GetGuides() {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		w.bad = w.bad || g == nil
		w.str(`{"guide":`, g.GetGuide())
		w.int32(`,"revision":`, g.GetRevision())
		w.str(`,"title":`, g.GetTitle())
		w.int32(`,"minutes":`, g.GetMinutes())
		w.int32(`,"steps":`, g.GetSteps())
		w.str(`,"why":`, g.GetWhy())
		w.str(`,"entryStep":`, g.GetEntryStep())
		w.out = append(w.out, '}')
	}
	w.out = append(w.out, ']')
	if c := o.Chat; c != nil {
		w.boolean(`,"chat":{"available":`, c.GetAvailable())
		w.duration(`,"estimatedWait":`, c.GetEstimatedWait())
		w.int32(`,"queueLength":`, c.GetQueueLength())
		w.out = append(w.out, '}')
	}
	if c := o.Callback; c != nil {
		w.boolean(`,"callback":{"available":`, c.GetAvailable())
		w.out = append(w.out, '}')
	}
	w.out = append(w.out, '}')
}

func (w *writer) str(name, s string) {
	w.out = append(w.out, name...)
	w.out = append(w.out, '"')
	start, ascii := 0, true
	for i := range len(s) {
		c := s[i]
		if c >= utf8.RuneSelf {
			ascii = false
			continue
		}
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		w.out = append(w.out, s[start:i]...)
		start = i + 1
		w.escape(c)
	}
	w.out = append(w.out, s[start:]...)
	w.out = append(w.out, '"')
	if !ascii && !utf8.ValidString(s) {
		w.bad = true
	}
}

func (w *writer) escape(c byte) {
	const hex = "0123456789abcdef"
	switch c {
	case '"', '\\':
		w.out = append(w.out, '\\', c)
	case '\n':
		w.out = append(w.out, '\\', 'n')
	case '\r':
		w.out = append(w.out, '\\', 'r')
	case '\t':
		w.out = append(w.out, '\\', 't')
	default:
		w.out = append(w.out, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
	}
}

func (w *writer) enum(name string, n int32, names map[int32]string) {
	s, ok := names[n]
	if !ok {
		w.int32(name, n)
		return
	}
	w.out = append(w.out, name...)
	w.out = append(w.out, '"')
	w.out = append(w.out, s...)
	w.out = append(w.out, '"')
}

func (w *writer) int32(name string, n int32) {
	w.out = append(w.out, name...)
	w.out = strconv.AppendInt(w.out, int64(n), 10)
}

func (w *writer) boolean(name string, b bool) {
	w.out = append(w.out, name...)
	w.out = strconv.AppendBool(w.out, b)
}

func (w *writer) timestamp(name string, t *timestamppb.Timestamp) {
	if t == nil {
		return
	}
	if t.GetSeconds() < minTimestamp || t.GetSeconds() > maxTimestamp || t.GetNanos() < 0 || t.GetNanos() > 999999999 {
		w.bad = true
		return
	}
	w.out = append(w.out, name...)
	w.out = append(w.out, '"')
	w.out = time.Unix(t.GetSeconds(), 0).UTC().AppendFormat(w.out, "2006-01-02T15:04:05")
	w.fraction(t.GetNanos())
	w.out = append(w.out, 'Z', '"')
}

func (w *writer) duration(name string, d *durationpb.Duration) {
	if d == nil {
		return
	}
	if d.GetSeconds() < 0 || d.GetSeconds() > maxDuration || d.GetNanos() < 0 || d.GetNanos() > 999999999 {
		w.bad = true
		return
	}
	w.out = append(w.out, name...)
	w.out = append(w.out, '"')
	w.out = strconv.AppendInt(w.out, d.GetSeconds(), 10)
	w.fraction(d.GetNanos())
	w.out = append(w.out, 's', '"')
}

// fraction writes 0, 3, 6 or 9 digits of a second.
func (w *writer) fraction(nanos int32) {
	if nanos == 0 {
		return
	}
	digits := 9
	for nanos%1000 == 0 {
		nanos /= 1000
		digits -= 3
	}
	w.out = append(w.out, '.')
	for scale := [10]int32{3: 100, 6: 100000, 9: 100000000}[digits]; scale > 0; scale /= 10 {
		w.out = append(w.out, byte('0'+nanos/scale%10))
	}
}
