export { codecFoo } from "./codec-foo.ts";
export { fooCodec } from "./foo-codec.ts";
