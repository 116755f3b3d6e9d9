// SPDX-License-Identifier: MIT

// client NETWORK ADDRESS [metadata]: calls our server of probe.idl with Go's ttrpc, and checks what comes
// back. metadata: only that, of a server that answers release with it.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"github.com/containerd/ttrpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"idl/message"
	pb "idl/probe"
)

type client struct{ *ttrpc.Client }

func (c client) callAt(service string, ctx context.Context, method string, in, out proto.Message) error {
	return c.Call(ctx, service, method, message.Message{M: in}, message.Message{M: out})
}

func (c client) call(ctx context.Context, method string, in, out proto.Message) error {
	return c.callAt("probe.Probe", ctx, method, in, out)
}

var failed = false

func check(ok bool, format string, args ...interface{}) {
	if !ok {
		fmt.Fprintf(os.Stderr, format+"\n", args...)
		failed = true
	}
}

func checkCode(err error, code codes.Code, message string) {
	got, _ := status.FromError(err)
	check(got.Code() == code && (message == "" || got.Message() == message), "expected %v %q, got %v",
		code, message, err)
}

func values(c client) {
	ctx := context.Background()
	for _, text := range []string{"", "Ada", "Grüße, Zoë \U0001F600"} {
		out := new(pb.ProbeEchoReply)
		err := c.call(ctx, "echo", &pb.ProbeEchoRequest{Text: text}, out)
		check(err == nil && out.Result == text, "echo %q: %v %q", text, err, out.Result)
	}
	sum := new(pb.ProbeAddReply)
	err := c.call(ctx, "add", &pb.ProbeAddRequest{A: -7, B: 3}, sum)
	check(err == nil && sum.Result == -4, "add: %v %d", err, sum.Result)
	weight := int32(0)
	in := &pb.Tree{Name: "root", Weight: &weight, Left: &pb.Tree{Name: "left"},
		Children: []*pb.Tree{{Name: "a"}, {Name: "b"}},
		Named:    map[string]*pb.Tree{"x": {Name: "y"}}, Load: &pb.Tree_Number{Number: 1 << 63}}
	out := new(pb.Tree)
	err = c.call(ctx, "tree", in, out)
	check(err == nil && out.Name == "root!" && out.Left.GetName() == "left" && len(out.Children) == 2 &&
		out.Children[1].Name == "b" && out.Weight != nil && out.Named["x"].GetName() == "y" && out.GetNumber() == 1<<63,
		"tree: %v %v", err, out)
	list := new(pb.ProbeColorsReply)
	err = c.call(ctx, "colors", &pb.ProbeColorsRequest{
		All: []pb.Color{pb.Color_COLOR_RED, 77}, Favourite: pb.Color_COLOR_BLUE}, list)
	check(err == nil && fmt.Sprint(list.Result) == "[COLOR_RED 77 COLOR_BLUE]", "colors: %v %v", err,
		list.Result)
	err = c.call(ctx, "nothing", &pb.ProbeNothingRequest{}, &pb.ProbeNothingReply{})
	check(err == nil, "nothing: %v", err)
}

func codesAndNames(c client) {
	ctx := context.Background()
	for code := codes.Code(1); code <= 16; code++ {
		err := c.call(ctx, "fail", &pb.ProbeFailRequest{Code: int32(code), Message: "why"},
			&pb.ProbeFailReply{})
		checkCode(err, code, "why")
	}
	checkCode(c.call(ctx, "absent", &pb.ProbeEchoRequest{}, &pb.ProbeEchoReply{}),
		codes.Unimplemented, "no method 'absent' in service 'probe.Probe'")
	checkCode(c.callAt("no.Such", ctx, "echo", &pb.ProbeEchoRequest{}, &pb.ProbeEchoReply{}),
		codes.Unimplemented, "no service 'no.Such'")
	// Bytes that are no text, where text is expected.
	checkCode(c.call(ctx, "echo", &pb.ProbeBlobRequest{Data: []byte{0xff}}, &pb.ProbeEchoReply{}),
		codes.Internal, "the request does not decode as what 'echo' of 'probe.Probe' takes")
}

// The limit holds for the whole envelope; what it lets through comes back.
func sizes(c client) {
	ctx := context.Background()
	for _, size := range []int{0, 1, 1000, 70000, 1 << 20, 4<<20 - 64} {
		data := bytes.Repeat([]byte{byte(size), 1}, size/2)
		out := new(pb.ProbeBlobReply)
		err := c.call(ctx, "blob", &pb.ProbeBlobRequest{Data: data}, out)
		check(err == nil && bytes.Equal(out.Result, data), "blob of %d: %v", size, err)
	}
	err := c.call(ctx, "blob", &pb.ProbeBlobRequest{Data: make([]byte, 4<<20)},
		&pb.ProbeBlobReply{})
	checkCode(err, codes.ResourceExhausted, "")
}

// A call that is over before its reply: the reply is late, the connection stays.
func deadlines(c client) {
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	err := c.call(ctx, "later", &pb.ProbeLaterRequest{Milliseconds: 300, Text: "late"},
		&pb.ProbeLaterReply{})
	code, _ := status.FromError(err)
	check(errors.Is(err, context.DeadlineExceeded) || code.Code() == codes.DeadlineExceeded,
		"a deadline: %v", err)
	expired, stop := context.WithDeadline(context.Background(), time.Now().Add(-time.Second))
	defer stop()
	err = c.call(expired, "echo", &pb.ProbeEchoRequest{}, &pb.ProbeEchoReply{})
	check(err != nil, "an expired call: %v", err)
	out := new(pb.ProbeLaterReply)
	err = c.call(context.Background(), "later",
		&pb.ProbeLaterRequest{Milliseconds: 400, Text: "in time"}, out)
	check(err == nil && out.Result == "in time", "after a late reply: %v %q", err, out.Result)
}

func crowd(c client) {
	var all sync.WaitGroup
	for i := 0; i < 50; i++ {
		all.Add(1)
		go func(i int) {
			defer all.Done()
			for j := 0; j < 40; j++ {
				text := fmt.Sprint(i, "/", j)
				out := new(pb.ProbeEchoReply)
				err := c.call(context.Background(), "echo", &pb.ProbeEchoRequest{Text: text},
					out)
				check(err == nil && out.Result == text, "echo of many: %v %q", err, out.Result)
			}
		}(i)
	}
	all.Wait()
}

func metadata(c client) {
	md := ttrpc.MD{}
	md.Set("Who", "Ada", "Bob")
	err := c.call(ttrpc.WithMetadata(context.Background(), md), "release",
		&pb.ProbeReleaseRequest{Text: "who"}, &pb.ProbeReleaseReply{})
	checkCode(err, codes.NotFound, "Ada,Bob")
}

func main() {
	conn, err := net.Dial(os.Args[1], os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	c := client{ttrpc.NewClient(conn)}
	if len(os.Args) > 3 {
		metadata(c)
	} else {
		values(c)
		codesAndNames(c)
		sizes(c)
		deadlines(c)
		crowd(c)
	}
	c.Close()
	if failed {
		os.Exit(1)
	}
}
