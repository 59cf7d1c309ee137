/**
 * What a message carries. A string stands for its UTF-8 bytes: transports hand on text as text, so that a
 * JSON body is never copied into a buffer and back. Readers take both, with {@link bodyText} and {@link bodyBytes}.
 */
export type Body = string | Uint8Array;

/**
 * The headers of a message, by canonical name (`X-User-Id`). Objects that come from a transport have no
 * prototype and are shared between messages whose headers are the same: never change one, copy it.
 */
export type Header = Readonly<Record<string, string>>;

/** The unit that transports and brokers move, as in go-micro: headers and a body. */
export interface Message {
  readonly header: Header;
  readonly body: Body;
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * The body as text.
 *
 * @throws TypeError when the bytes are not valid UTF-8; callers turn it into a 400.
 */
export function bodyText(body: Body): string {
  return typeof body === "string" ? body : utf8.decode(body);
}

/** The body as bytes. A `Uint8Array` is handed on as it is, not copied. */
export function bodyBytes(body: Body): Uint8Array {
  return typeof body === "string" ? Buffer.from(body, "utf8") : body;
}

/** The length of the body in bytes, without converting it. */
export function bodyLength(body: Body): number {
  return typeof body === "string" ? Buffer.byteLength(body, "utf8") : body.byteLength;
}
