import { testCodec } from "@micro/kernel/testing";
import { suite } from "uvu";
import { jsonRpcCodec } from "../src/index.ts";

const test = suite("the contract of codecs");

testCodec({
  test,
  factory: () => jsonRpcCodec,
  hostile: [
    '{"method":"Say.Hello","params":{},"id":0}',
    '{"method":"Say.Hello","params":[],"id":{"a":[]}}',
    '[{"method":"Say.Hello","params":[{}],"id":0}]',
    '{"method":"Say.Hello","params":[{}],"id":0}{"method":"Say.Hello","params":[{}],"id":0}',
    '{"id":0,"result":{},"error":{"code":-32600,"message":"Invalid Request"}}',
    '{"id":1e999,"result":-,"error":null}',
    '"\ud800"',
  ],
  requests: [
    {
      body: '{"method":"A.Count","params":[{}],"id":18446744073709551615}\n',
      method: "A.Count",
      id: "18446744073709551615",
    },
    { body: '{"method":"A.Text","params":[{}],"id":"7"}\n', method: "A.Text", id: '"id":"7"' },
    { body: '{"method":"A.None","params":[{}]}', method: "A.None", id: '"id":null' },
  ],
});

test.run();
