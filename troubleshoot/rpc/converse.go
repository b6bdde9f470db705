package rpc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"sync"

	"golang.org/x/time/rate"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// Bounds of one conversation.
const (
	conversationSessions = 2 * troubleshoot.MaxCapacity // subscribed at once
	commandsPerSecond    = 50                           // in the long run; more wait their turn
	commandsBurst        = 100
)

// Converse serves an expert's own tool on one connection: commands in, answers, work and events out. It is a work stream, too:
// as long as it is open the expert is present.
func (s *Experts) Converse(stream grpc.BidiStreamingServer[pb.ConverseRequest, pb.ConverseResponse]) error {
	ctx, cancel := context.WithCancelCause(stream.Context())
	defer cancel(nil)
	c := &conversation{experts: s, stream: stream, cancel: cancel, subscribed: map[string]context.CancelFunc{}}
	c.begin(func() error {
		return s.work(ctx, PrincipalFrom(ctx).ExpertID(), func(w *pb.Work) error {
			return c.send(&pb.ConverseResponse{Reply: &pb.ConverseResponse_Work{Work: w}})
		})
	})
	go func() { // ends with the stream, at the latest when this handler has returned
		cancel(c.safely(func() error { return c.listen(ctx) }))
	}()
	<-ctx.Done()
	c.mu.Lock()
	c.over = true
	c.mu.Unlock()
	c.running.Wait()
	if err := context.Cause(ctx); !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// conversation is one connection of an expert's tool.
type conversation struct {
	experts *Experts
	stream  grpc.BidiStreamingServer[pb.ConverseRequest, pb.ConverseResponse]
	cancel  context.CancelCauseFunc
	running sync.WaitGroup

	sending    sync.Mutex
	mu         sync.Mutex
	over       bool                          // nothing begins any more
	subscribed map[string]context.CancelFunc // ends the subscription of a session
}

// begin runs work that ends the conversation when it fails.
func (c *conversation) begin(work func() error) {
	c.running.Go(func() {
		if err := c.safely(work); err != nil {
			c.cancel(err)
		}
	})
}

// safely turns a panic of work on a goroutine of its own, which no interceptor sees, into an error that ends the conversation.
func (c *conversation) safely(work func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("converse panicked: %v\n%s", p, debug.Stack())
		}
	}()
	return work()
}

func (c *conversation) send(r *pb.ConverseResponse) error {
	c.sending.Lock()
	defer c.sending.Unlock()
	return c.stream.Send(r)
}

// listen takes commands one after the other until the tool closes its side.
func (c *conversation) listen(ctx context.Context) error {
	pace := rate.NewLimiter(commandsPerSecond, commandsBurst)
	for {
		req, err := c.stream.Recv()
		if err != nil {
			return err
		}
		if err := pace.Wait(ctx); err != nil {
			return err
		}
		reply := c.do(ctx, req)
		reply.Id = req.GetId()
		if err := c.send(reply); err != nil {
			return err
		}
	}
}

// do runs a command and gives its answer; an error of it does not end the conversation.
func (c *conversation) do(ctx context.Context, req *pb.ConverseRequest) *pb.ConverseResponse {
	s := c.experts.sessions
	switch command := req.GetCommand().(type) {
	case *pb.ConverseRequest_Subscribe_:
		return done(c.subscribe(ctx, command.Subscribe))
	case *pb.ConverseRequest_Send:
		sent, err := s.SendMessage(ctx, command.Send)
		return answered(&pb.ConverseResponse{Reply: &pb.ConverseResponse_Sent{Sent: sent}}, err)
	case *pb.ConverseRequest_Typing:
		_, err := s.SendTyping(ctx, command.Typing)
		return done(err)
	case *pb.ConverseRequest_Accept:
		return ofSession(s.AcceptSession(ctx, command.Accept))
	case *pb.ConverseRequest_Decline:
		return ofSession(s.DeclineSession(ctx, command.Decline))
	case *pb.ConverseRequest_WrapUp:
		return ofSession(s.WrapUpSession(ctx, command.WrapUp))
	case *pb.ConverseRequest_Transfer:
		return ofSession(s.TransferSession(ctx, command.Transfer))
	case *pb.ConverseRequest_RecordCall:
		return ofSession(s.RecordCall(ctx, command.RecordCall))
	case *pb.ConverseRequest_Note:
		_, err := s.AddNote(ctx, command.Note)
		return done(err)
	case *pb.ConverseRequest_Close:
		return ofSession(s.CloseSession(ctx, command.Close))
	case *pb.ConverseRequest_Presence:
		expert, err := c.experts.SetPresence(ctx, command.Presence)
		return answered(&pb.ConverseResponse{Reply: &pb.ConverseResponse_Expert{Expert: expert}}, err)
	}
	return done(troubleshoot.Invalid("command", "is missing; give one"))
}

// subscribe starts the events of a session; again starts them anew from the number given.
func (c *conversation) subscribe(ctx context.Context, req *pb.ConverseRequest_Subscribe) error {
	session := req.GetSession()
	ctx, end := context.WithCancel(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch before := c.subscribed[session]; {
	case c.over:
		end()
		return errReconnect
	case before != nil:
		before()
	case len(c.subscribed) >= conversationSessions:
		end()
		return troubleshoot.Errorf(troubleshoot.ResourceExhausted, "%d sessions are subscribed, the most that may be; open another connection", conversationSessions)
	}
	c.subscribed[session] = end
	c.begin(func() error {
		defer end()
		err := c.experts.sessions.follow(ctx, session, int64(req.GetAfterSeq()), func(e *pb.SessionEvent) error {
			return c.send(&pb.ConverseResponse{Reply: &pb.ConverseResponse_Update{Update: &pb.ConverseResponse_SessionUpdate{Session: session, Event: e}}})
		})
		c.mu.Lock()
		ended := ctx.Err() != nil // by a newer subscription, or with the conversation
		if !ended {
			delete(c.subscribed, session)
		}
		c.mu.Unlock()
		if ended {
			return nil
		}
		failure := answered(nil, err) // the session went to somebody else, or cannot be read
		failure.GetFailure().Session = session
		return c.send(failure)
	})
	return nil
}

func ofSession(session *pb.Session, err error) *pb.ConverseResponse {
	return answered(&pb.ConverseResponse{Reply: &pb.ConverseResponse_Session{Session: session}}, err)
}

func done(err error) *pb.ConverseResponse {
	return answered(&pb.ConverseResponse{Reply: &pb.ConverseResponse_Done{Done: &emptypb.Empty{}}}, err)
}

// answered gives the reply, or the failure in its place.
func answered(reply *pb.ConverseResponse, err error) *pb.ConverseResponse {
	if err == nil {
		return reply
	}
	s := statusOf(err)
	return &pb.ConverseResponse{Reply: &pb.ConverseResponse_Failure_{Failure: &pb.ConverseResponse_Failure{Code: int32(s.Code()), Message: s.Message()}}}
}
