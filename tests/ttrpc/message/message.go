// SPDX-License-Identifier: MIT

// Package message lets protoc-gen-go's messages travel in the packaged ttrpc, whose codec is older
// than they are: it takes what knows how to encode itself.
package message

import "google.golang.org/protobuf/proto"

type Message struct{ M proto.Message }

func (m Message) Reset()                    { proto.Reset(m.M) }
func (m Message) String() string            { return "" }
func (m Message) ProtoMessage()             {}
func (m Message) Marshal() ([]byte, error)  { return proto.Marshal(m.M) }
func (m Message) Unmarshal(in []byte) error { return proto.Unmarshal(in, m.M) }
