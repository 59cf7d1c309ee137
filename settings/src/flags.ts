/** What every flag says of itself. */
interface FlagCommon {
  /** One line for `--help`, without a full stop. */
  readonly description: string;
}

/** A text. */
export interface StringFlag extends FlagCommon {
  readonly type: "string";
  /** Set for a token or a password: no message and no listing shows its value. */
  readonly secret?: true;
  /** Default `""`, which stands for "not given". */
  readonly default?: string;
  /** The values that are allowed; any when absent. */
  readonly choices?: readonly string[];
}

/** A number: a whole one, unless its default or a limit is a fraction. */
export interface NumberFlag extends FlagCommon {
  readonly type: "number";
  readonly default: number;
  /** The least value allowed; 0 when absent. */
  readonly min?: number;
  /** The greatest value allowed; none when absent. */
  readonly max?: number;
}

/** A length of time as Go writes it, `500ms`, `1m30s`; its value is in milliseconds. */
export interface DurationFlag extends FlagCommon {
  readonly type: "duration";
  readonly default: string;
  /** The shortest allowed, `0s` when absent. */
  readonly min?: string;
  /** The longest allowed; none when absent. */
  readonly max?: string;
  /**
   * What a bare whole number means, where the flag had no unit in go-micro 2016: `--register_ttl=30`. Absent: it is no
   * duration. In a config a number is milliseconds, as for every duration.
   */
  readonly unit?: "s";
}

/** A switch: `--x`, `--x=true`, `--x=false`. */
export interface BooleanFlag extends FlagCommon {
  readonly type: "boolean";
  /** Default false. */
  readonly default?: boolean;
}

/** Several texts: the flag given again, or one text with commas. */
export interface ListFlag extends FlagCommon {
  readonly type: "list";
  /** Default none. */
  readonly default?: readonly string[];
}

/** A flag as data. Its name is its key, in snake case; its variable is `MICRO_` and the name in capitals. */
export type Flag = StringFlag | NumberFlag | DurationFlag | BooleanFlag | ListFlag;

/** Flags by name: `client_pool_size`. */
export type Flags = Readonly<Record<string, Flag>>;

/** The value that a flag resolves to. */
export type FlagValue<F extends Flag = Flag> = F extends NumberFlag | DurationFlag
  ? number
  : F extends BooleanFlag
    ? boolean
    : F extends ListFlag
      ? readonly string[]
      : string;

/** The values of flags, by name. */
export type FlagValues<F extends Flags = Flags> = { readonly [Name in keyof F]: FlagValue<F[Name]> };
