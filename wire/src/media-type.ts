/** The media type of a content type header, lower case, without parameters; `undefined` when its charset is not UTF-8. */
export function mediaType(contentType: string): string | undefined {
  const [type = "", ...parameters] = contentType.toLowerCase().split(";");
  const foreign = parameters.some((text) => /^\s*charset\s*=/.test(text) && !/=\s*"?utf-?8"?\s*$/.test(text));
  return foreign ? undefined : type.trim();
}
