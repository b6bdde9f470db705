package live

import "github.com/fixfirst/fixfirst/troubleshoot"

// SessionChanged tells everybody whom a change of a session concerns, after it is durable: its readers of the events, the
// experts into or out of whose hands it goes, and the router when places or the queue have changed.
func (h *Hub) SessionChanged(before, after troubleshoot.Session, events []troubleshoot.Event) {
	topic := SessionTopic(after.ID)
	for n := range events {
		h.Publish(topic, Note{Event: &events[n]})
	}
	if before.State == after.State && before.Expert == after.Expert && before.Ringing.At == after.Ringing.At && before.Epoch == after.Epoch {
		return
	}
	if after.Channel == troubleshoot.ChannelGuide {
		return
	}
	if len(events) == 0 { // it rings elsewhere: whoever may not read it any more must look
		h.Publish(topic, Note{})
	}
	told := map[troubleshoot.ExpertID]bool{{}: true}
	for _, id := range [...]troubleshoot.ExpertID{before.Expert, before.Ringing.At, after.Expert, after.Ringing.At} {
		if !told[id] {
			told[id] = true
			h.Publish(ExpertTopic(id), Note{})
		}
	}
	h.Publish(QueueTopic, Note{})
}
