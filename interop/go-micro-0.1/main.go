// Command peer is a small program on top of go-micro v0.1.0, the oldest release
// that can still be fetched; what it puts on the wire is what go-micro put there
// in June 2016. It serves, calls, streams, publishes, lists and measures, so that
// this project can be tried against it in both directions. Each result is a line
// of JSON on standard output.
//
//	peer serve  [TOPIC [QUEUE]]        [go-micro flags]
//	peer api    [go-micro flags]       serves go.micro.api.greeter for an API gateway
//	peer call   SERVICE METHOD JSON    [json|proto] [go-micro flags]
//	peer stream SERVICE METHOD COUNT   [json|proto] [go-micro flags]
//	peer echo   SERVICE METHOD ITEMS   [json|proto] [go-micro flags]
//	peer publish TOPIC JSON            [json|proto] [go-micro flags]
//	peer list   [go-micro flags]
//	peer bench  SERVICE METHOD CALLS CONCURRENCY [json|proto] [go-micro flags]
//
// JSON is "-" for standard input, as an argument cannot be longer than 128 KiB.
// ITEMS is a list of integers, or how many: 3 is [0,1,2]. TOPIC is what it
// subscribes to, topic.greeter by default; with QUEUE as one of that group.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	micro "github.com/micro/go-micro"
	"github.com/micro/go-micro/client"
	"github.com/micro/go-micro/errors"
	"github.com/micro/go-micro/metadata"
	"github.com/micro/go-micro/server"
	"golang.org/x/net/context"

	"peer/api"
	"peer/greeter"
)

// Say is the service of greeter.proto.
type Say struct{}

func (*Say) Hello(ctx context.Context, req *greeter.Request, rsp *greeter.Response) error {
	if req.DelayMs > 0 {
		time.Sleep(time.Duration(req.DelayMs) * time.Millisecond)
	}
	md, _ := metadata.FromContext(ctx)
	rsp.Msg = "Hello " + req.Name
	rsp.Metadata = md
	return nil
}

func (*Say) Fail(ctx context.Context, req *greeter.Request, rsp *greeter.Response) error {
	return errors.NotFound("go.micro.srv.greeter", "no such name: %s", req.Name)
}

func (*Say) Stream(ctx context.Context, stream server.Streamer) error {
	var count greeter.Count
	if err := stream.Recv(&count); err != nil {
		return err
	}
	for n := int64(0); n < count.Count; n++ {
		if err := stream.Send(&greeter.Item{N: n}); err != nil {
			return err
		}
	}
	return nil
}

func (*Say) Echo(ctx context.Context, stream server.Streamer) error {
	for {
		var item greeter.Item
		if err := stream.Recv(&item); err != nil {
			return err
		}
		if err := stream.Send(&item); err != nil {
			return err
		}
	}
}

// Gateway is what `peer api` serves: a method that reports what the gateway
// sent it, one that sets status and headers, and one that fails.
type Gateway struct{}

func (*Gateway) Show(ctx context.Context, req *api.Request, rsp *api.Response) error {
	md, _ := metadata.FromContext(ctx)
	body, err := json.Marshal(map[string]interface{}{
		"method": req.Method, "path": req.Path, "header": pairs(req.Header), "get": pairs(req.Get),
		"post": pairs(req.Post), "body": req.Body, "metadata": md,
	})
	rsp.StatusCode, rsp.Body = 200, string(body)
	return err
}

func (*Gateway) Teapot(ctx context.Context, req *api.Request, rsp *api.Response) error {
	rsp.StatusCode = 418
	rsp.Header = map[string]*api.Pair{
		"Content-Type": {Key: "Content-Type", Values: []string{"text/plain"}},
		"X-Tea":        {Key: "X-Tea", Values: []string{"green", "black"}},
	}
	rsp.Body = "short and stout"
	return nil
}

func (*Gateway) Fail(ctx context.Context, req *api.Request, rsp *api.Response) error {
	return errors.BadRequest("go.micro.api.greeter", "Name cannot be blank")
}

func pairs(in map[string]*api.Pair) map[string][]string {
	out := map[string][]string{}
	for name, pair := range in {
		out[name] = pair.Values
	}
	return out
}

func onMessage(ctx context.Context, msg *greeter.Request) error {
	md, _ := metadata.FromContext(ctx)
	line(map[string]interface{}{"event": "message", "name": msg.Name, "metadata": md})
	return nil
}

func line(v interface{}) {
	b, _ := json.Marshal(v)
	fmt.Println(string(b))
}

func check(err error) {
	if err != nil {
		line(map[string]interface{}{"error": err.Error()})
		os.Exit(1)
	}
}

// text is an argument, or all of standard input for "-".
func text(word string) []byte {
	if word != "-" {
		return []byte(word)
	}
	all, err := io.ReadAll(os.Stdin)
	check(err)
	return all
}

// items reads ITEMS.
func items(word string) []int64 {
	var list []int64
	if strings.HasPrefix(word, "[") {
		check(json.Unmarshal([]byte(word), &list))
		return list
	}
	count, err := strconv.ParseInt(word, 10, 64)
	check(err)
	for n := int64(0); n < count; n++ {
		list = append(list, n)
	}
	return list
}

// subscription reads TOPIC and QUEUE.
func subscription(words []string) (string, []server.SubscriberOption) {
	switch len(words) {
	case 1:
		return "topic.greeter", nil
	case 2:
		return words[1], nil
	default:
		return words[1], []server.SubscriberOption{server.SubscriberQueue(words[2])}
	}
}

// request builds one in the codec named by words[at] ("json" or "proto").
func request(c client.Client, service, method string, body interface{}, words []string, at int) client.Request {
	if len(words) > at && words[at] == "proto" {
		return c.NewProtoRequest(service, method, body)
	}
	return c.NewJsonRequest(service, method, body)
}

func main() {
	var words, flags []string
	for i := 1; i < len(os.Args); i++ {
		if strings.HasPrefix(os.Args[i], "--") {
			flags = append(flags, os.Args[i])
		} else {
			words = append(words, os.Args[i])
		}
	}
	if len(words) == 0 {
		fmt.Fprintln(os.Stderr, "usage: peer serve|api|call|stream|echo|publish|list|bench …")
		os.Exit(2)
	}
	os.Args = append(os.Args[:1], flags...)

	name := "go.micro.srv.greeter"
	switch words[0] {
	case "serve":
	case "api":
		name = "go.micro.api.greeter"
	default:
		name = "peer.client"
	}
	service := micro.NewService(
		micro.Name(name), micro.Version("2016.6"),
		micro.RegisterTTL(30*time.Second), micro.RegisterInterval(10*time.Second),
	)
	service.Init()
	c := service.Client()
	ctx := metadata.NewContext(context.Background(), metadata.Metadata{"X-User-Id": "john", "X-From-Id": "peer"})

	switch words[0] {
	case "serve":
		check(service.Server().Handle(service.Server().NewHandler(&Say{})))
		topic, options := subscription(words)
		check(service.Server().Subscribe(service.Server().NewSubscriber(topic, onMessage, options...)))
		check(service.Run())
	case "api":
		check(service.Server().Handle(service.Server().NewHandler(&Gateway{})))
		check(service.Run())
	case "call":
		var body greeter.Request
		check(json.Unmarshal(text(words[3]), &body))
		var rsp greeter.Response
		check(c.Call(ctx, request(c, words[1], words[2], &body, words, 4), &rsp))
		line(map[string]interface{}{"msg": rsp.Msg, "metadata": rsp.Metadata})
	case "stream":
		count, err := strconv.ParseInt(words[3], 10, 64)
		check(err)
		body := &greeter.Count{Count: count}
		stream, err := c.Stream(ctx, request(c, words[1], words[2], body, words, 4))
		check(err)
		check(stream.Send(body))
		for n := int64(0); n < count; n++ {
			var item greeter.Item
			check(stream.Recv(&item))
			line(map[string]int64{"n": item.N})
		}
		// go-micro makes io.EOF of the EOS that ends a stream.
		line(map[string]string{"end": fmt.Sprint(stream.Recv(&greeter.Item{}))})
		check(stream.Close())
	case "echo":
		stream, err := c.Stream(ctx, request(c, words[1], words[2], &greeter.Item{}, words, 4))
		check(err)
		for _, n := range items(words[3]) {
			check(stream.Send(&greeter.Item{N: n}))
			var item greeter.Item
			check(stream.Recv(&item))
			line(map[string]int64{"n": item.N})
		}
		check(stream.Close())
	case "publish":
		var body greeter.Request
		check(json.Unmarshal(text(words[2]), &body))
		// A publication takes the client's default content type: protobuf.
		if len(words) > 3 && words[3] == "json" {
			check(c.Init(client.ContentType("application/json")))
		}
		check(c.Publish(ctx, c.NewPublication(words[1], &body)))
		time.Sleep(500 * time.Millisecond) // the HTTP broker sends in the background
		line(map[string]string{"published": words[1]})
	case "list":
		services, err := service.Options().Registry.ListServices()
		check(err)
		for _, s := range services {
			full, err := service.Options().Registry.GetService(s.Name)
			check(err)
			line(full)
		}
	case "bench":
		bench(ctx, c, words)
	default:
		fmt.Fprintln(os.Stderr, "unknown command", words[0])
		os.Exit(2)
	}
}

// bench makes CALLS calls over CONCURRENCY goroutines and prints the rate and
// the latency quantiles in microseconds, with the number of each error.
func bench(ctx context.Context, c client.Client, words []string) {
	calls, err := strconv.Atoi(words[3])
	check(err)
	concurrency, err := strconv.Atoi(words[4])
	check(err)
	body := &greeter.Request{Name: "John"}
	one := func() error {
		var rsp greeter.Response
		return c.Call(ctx, request(c, words[1], words[2], body, words, 5), &rsp)
	}
	for i := 0; i < calls/10; i++ {
		one() // What fails while it warms up does not count.
	}
	latencies := make([][]time.Duration, concurrency)
	failures := make([][]error, concurrency)
	var wg sync.WaitGroup
	start := time.Now()
	for w := 0; w < concurrency; w++ {
		wg.Add(1)
		go func(w int) {
			defer wg.Done()
			for i := 0; i < calls/concurrency; i++ {
				t := time.Now()
				if err := one(); err != nil {
					failures[w] = append(failures[w], err)
				}
				latencies[w] = append(latencies[w], time.Since(t))
			}
		}(w)
	}
	wg.Wait()
	elapsed := time.Since(start)
	var all []time.Duration
	failed, errs := 0, map[string]int{}
	for w := range latencies {
		all = append(all, latencies[w]...)
		for _, err := range failures[w] {
			errs[err.Error()]++
			failed++
		}
	}
	sort.Slice(all, func(i, j int) bool { return all[i] < all[j] })
	q := func(p float64) int64 { return all[int(p*float64(len(all)-1))].Microseconds() }
	line(map[string]interface{}{
		"calls": len(all), "failed": failed, "errors": errs, "per_second": int(float64(len(all)) / elapsed.Seconds()),
		"p50_us": q(0.5), "p95_us": q(0.95), "p99_us": q(0.99),
	})
}
