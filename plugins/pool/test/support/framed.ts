/** A reply as the simplest server would write it. */
export function replyBytes(body: string): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

/** A request as the simplest client would write it. */
export function requestBytes(body: string): string {
  return `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

/** The body of the first whole message in a text and what follows it; `undefined` when none is whole. */
export function takeBody(text: string): { readonly body: string; readonly rest: string } | undefined {
  const head = text.indexOf("\r\n\r\n");
  const length = Number(/content-length: (\d+)/i.exec(text.slice(0, Math.max(head, 0)))?.[1]);
  const from = head + 4;
  if (head < 0 || text.length < from + length) return undefined;
  return { body: text.slice(from, from + length), rest: text.slice(from + length) };
}
