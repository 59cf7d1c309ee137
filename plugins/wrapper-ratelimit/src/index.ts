export { type RateLimit, type RateLimitOptions, wrapperRatelimit } from "./wrapper-ratelimit.ts";

// For use without a kernel.
export { TokenBucket, type TokenBucketOptions } from "./token-bucket.ts";
