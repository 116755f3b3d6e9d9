// SPDX-License-Identifier: MIT

// server NETWORK ADDRESS: the service of probe.idl on Go's ttrpc, for our client to call. Says where
// it listens, serves until its standard input ends.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/containerd/ttrpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"idl/message"
	pb "idl/probe"
)

var noted uint64

func echo(ctx context.Context, in *pb.ProbeEchoRequest) (proto.Message, error) {
	return &pb.ProbeEchoReply{Result: in.Text}, nil
}

func blob(ctx context.Context, in *pb.ProbeBlobRequest) (proto.Message, error) {
	return &pb.ProbeBlobReply{Result: in.Data}, nil
}

func add(ctx context.Context, in *pb.ProbeAddRequest) (proto.Message, error) {
	return &pb.ProbeAddReply{Result: in.A + in.B}, nil
}

func tree(ctx context.Context, in *pb.Tree) (proto.Message, error) {
	in.Name += "!"
	return in, nil
}

func colors(ctx context.Context, in *pb.ProbeColorsRequest) (proto.Message, error) {
	return &pb.ProbeColorsReply{Result: append(in.All, in.Favourite)}, nil
}

func counts(ctx context.Context, in *pb.ProbeCountsRequest) (proto.Message, error) {
	return &pb.ProbeCountsReply{Result: in.Counts}, nil
}

func fail(ctx context.Context, in *pb.ProbeFailRequest) (proto.Message, error) {
	return nil, status.Error(codes.Code(in.Code), in.Message)
}

func note(ctx context.Context, in *pb.ProbeNoteRequest) (proto.Message, error) {
	atomic.AddUint64(&noted, uint64(in.N))
	return &pb.ProbeNoteReply{}, nil
}

func readNoted(ctx context.Context, in *pb.ProbeNotedRequest) (proto.Message, error) {
	return &pb.ProbeNotedReply{Result: atomic.LoadUint64(&noted)}, nil
}

// Answers late and whatever the deadline is, which its text says.
func later(ctx context.Context, in *pb.ProbeLaterRequest) (proto.Message, error) {
	text := in.Text
	if end, ok := ctx.Deadline(); ok && text == "deadline" {
		text = fmt.Sprint(time.Until(end).Milliseconds())
	}
	time.Sleep(time.Duration(in.Milliseconds) * time.Millisecond)
	return &pb.ProbeLaterReply{Result: text}, nil
}

// Waits for the deadline, and counts.
func hang(ctx context.Context, in *pb.ProbeHangRequest) (proto.Message, error) {
	<-ctx.Done()
	atomic.AddUint64(&noted, 1000)
	return nil, ctx.Err()
}

// Fails with what the client has sent along, under that key.
func release(ctx context.Context, in *pb.ProbeReleaseRequest) (proto.Message, error) {
	values := ""
	if md, ok := ttrpc.GetMetadata(ctx); ok {
		list, _ := md.Get(in.Text)
		values = strings.Join(list, ",")
	}
	return nil, status.Error(codes.NotFound, values)
}

// A method as ttrpc wants it.
func method[In any, P interface {
	*In
	proto.Message
}](handle func(context.Context, P) (proto.Message, error)) ttrpc.Method {
	return func(ctx context.Context, get func(interface{}) error) (interface{}, error) {
		in := P(new(In))
		if err := get(message.Message{M: in}); err != nil {
			return nil, err
		}
		out, err := handle(ctx, in)
		if err != nil {
			return nil, err
		}
		return message.Message{M: out}, nil
	}
}

func main() {
	listener, err := net.Listen(os.Args[1], os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	server, err := ttrpc.NewServer()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	server.Register("probe.Probe", map[string]ttrpc.Method{
		"echo":    method(echo),
		"blob":    method(blob),
		"add":     method(add),
		"tree":    method(tree),
		"colors":  method(colors),
		"counts":  method(counts),
		"fail":    method(fail),
		"note":    method(note),
		"noted":   method(readNoted),
		"later":   method(later),
		"hang":    method(hang),
		"release": method(release),
	})
	go server.Serve(context.Background(), listener)
	fmt.Println(listener.Addr())
	io.Copy(io.Discard, os.Stdin)
}
