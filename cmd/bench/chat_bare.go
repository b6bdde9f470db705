package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// bareHub is a chat server as one writes it in an afternoon: a message is decoded, kept, answered, and passed to whoever reads.
type bareHub struct {
	store   *store.Store
	mu      sync.Mutex
	readers map[string]chan []byte
}

func openBareChats(ctx context.Context, path string) (*chatRoom, error) {
	s, err := store.Open(ctx, "sqlite:"+path, store.Options{})
	if err != nil {
		return nil, err
	}
	chats, err := keepChats(ctx, s, troubleshoot.ExpertID{Seller: "acme", Name: "ann"})
	if err != nil {
		return nil, err
	}
	hub := &bareHub{store: s, readers: map[string]chan []byte{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/sessions/{session}/messages", hub.send)
	mux.HandleFunc("GET /v1/sessions/{rest...}", hub.read)
	address, server, err := listen(&http.Server{Handler: mux})
	room := &chatRoom{address: address, store: s, stop: func() { server.Close(); s.Close() }}
	for _, c := range chats {
		room.sessions, room.senders, room.readers = append(room.sessions, c.ID), append(room.senders, "none"), append(room.readers, "none")
	}
	return room, err
}

func (h *bareHub) send(w http.ResponseWriter, r *http.Request) {
	var body struct{ ClientMessageID, Text string }
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	e := troubleshoot.Event{Session: r.PathValue("session"), Time: time.Now().UTC(), Sender: troubleshoot.ByExpert, ClientID: body.ClientMessageID,
		Message: &troubleshoot.Message{Text: body.Text}}
	if err := h.store.Update(r.Context(), func(tx *store.Tx) (err error) {
		e, err = tx.AppendEvent(e)
		return err
	}); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	data, err := json.Marshal(map[string]any{"seq": e.Seq, "time": e.Time, "sender": "EXPERT", "message": map[string]any{"text": body.Text}})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	h.mu.Lock()
	reader := h.readers[e.Session]
	h.mu.Unlock()
	if reader != nil {
		reader <- fmt.Appendf(nil, "id: %d\ndata: %s\n\n", e.Seq, data)
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"seq":%d}`, e.Seq)
}

func (h *bareHub) read(w http.ResponseWriter, r *http.Request) {
	session, ok := strings.CutSuffix(r.PathValue("rest"), "/events:stream")
	if !ok {
		http.NotFound(w, r)
		return
	}
	mine := make(chan []byte, 64)
	h.mu.Lock()
	h.readers[session] = mine
	h.mu.Unlock()
	w.Header().Set("Content-Type", "text/event-stream")
	flusher, _ := w.(http.Flusher)
	flusher.Flush()
	for {
		select {
		case frame := <-mine:
			if _, err := w.Write(frame); err != nil {
				return
			}
			flusher.Flush()
		case <-r.Context().Done():
			return
		}
	}
}
