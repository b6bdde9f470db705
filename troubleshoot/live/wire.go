package live

import (
	"encoding/binary"
	"unicode/utf8"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// origin names a hub, so that it knows its own wakes when they come back. Its replica gets another with every start.
type origin [8]byte

// wake is what the bus carries: a topic, or "" for all of them, and who is typing there.
type wake struct {
	topic  string
	typing *Typing
}

// A wake on the bus is a byte for the version, the origin, a byte for the sender who is typing (0: nobody), the length of the
// topic in two bytes, the topic, and the name of the expert who is typing.
const (
	wireVersion = 1
	wireHeader  = 1 + len(origin{}) + 1 + 2
	maxTopic    = 256 // bytes; ids are shorter
	maxExpert   = 256
	maxWake     = wireHeader + maxTopic + maxExpert
)

// append encodes the wake: InvalidArgument for one that no decoder would take.
func (w wake) append(data []byte, from origin) ([]byte, error) {
	if err := w.check(); err != nil {
		return nil, err
	}
	var typing Typing
	if w.typing != nil {
		typing = *w.typing
	}
	data = append(data, wireVersion)
	data = append(data, from[:]...)
	data = append(data, byte(typing.Sender))
	data = binary.BigEndian.AppendUint16(data, uint16(len(w.topic)))
	data = append(data, w.topic...)
	return append(data, typing.Expert...), nil
}

// decodeWake takes apart what the bus brought: InvalidArgument for what append does not write.
func decodeWake(data []byte) (from origin, w wake, err error) {
	if len(data) < wireHeader || data[0] != wireVersion {
		return from, w, troubleshoot.Errorf(troubleshoot.InvalidArgument, "not a wake of version %d", wireVersion)
	}
	copy(from[:], data[1:])
	sender, rest := troubleshoot.Sender(data[wireHeader-3]), data[wireHeader:]
	topic := int(binary.BigEndian.Uint16(data[wireHeader-2:]))
	if topic > len(rest) {
		return from, w, troubleshoot.Errorf(troubleshoot.InvalidArgument, "a wake ends in its topic")
	}
	w.topic = string(rest[:topic])
	if expert := string(rest[topic:]); sender != 0 || expert != "" {
		w.typing = &Typing{Sender: sender, Expert: expert}
	}
	return from, w, w.check()
}

// check refuses what does not fit, and what could not be shown to a client.
func (w wake) check() error {
	if len(w.topic) > maxTopic || !utf8.ValidString(w.topic) {
		return troubleshoot.Errorf(troubleshoot.InvalidArgument, "a wake has a topic of %d bytes that is too long or no text", len(w.topic))
	}
	if w.typing == nil {
		return nil
	}
	if w.topic == "" || w.typing.Sender < troubleshoot.ByShopper || w.typing.Sender > troubleshoot.BySystem {
		return troubleshoot.Errorf(troubleshoot.InvalidArgument, "a wake says that somebody types, but not who or where")
	}
	if len(w.typing.Expert) > maxExpert || !utf8.ValidString(w.typing.Expert) {
		return troubleshoot.Errorf(troubleshoot.InvalidArgument, "a wake has an expert's name of %d bytes that is too long or no text", len(w.typing.Expert))
	}
	return nil
}
