/** What icons look like, as paths in a square of 16. */
const paths = {
  /** The mark beside the name: one service that leads to two. */
  logo: "M5.5 7.2 10.6 4M5.5 8.8l5.1 3.2M1.9 8a1.9 1.9 0 1 0 3.8 0a1.9 1.9 0 1 0-3.8 0M10.4 3.4a1.8 1.8 0 1 0 3.6 0a1.8 1.8 0 1 0-3.6 0M10.4 12.6a1.8 1.8 0 1 0 3.6 0a1.8 1.8 0 1 0-3.6 0",
  reload: "M13.2 8a5.2 5.2 0 1 1-1.6-3.8M13.3 2v2.6h-2.6",
  light:
    "M5.3 8a2.7 2.7 0 1 0 5.4 0a2.7 2.7 0 1 0-5.4 0M8 1.5v1M8 13.5v1M1.5 8h1M13.5 8h1M3.4 3.4l.7.7M11.9 11.9l.7.7M12.6 3.4l-.7.7M4.1 11.9l-.7.7",
  dark: "M13.3 9.7A5.7 5.7 0 0 1 6.3 2.7a5.7 5.7 0 1 0 7 7Z",
  /** Light or dark, as the system has it. */
  auto: "M2.4 8a5.6 5.6 0 1 0 11.2 0a5.6 5.6 0 1 0-11.2 0M8 2.4v11.2M11 3.8v8.4",
  help: "M1.8 8a6.2 6.2 0 1 0 12.4 0a6.2 6.2 0 1 0-12.4 0M6.3 6.3a1.8 1.8 0 1 1 2.5 1.7c-.5.2-.8.6-.8 1.1M8 11.4v.1",
  close: "m4 4 8 8M12 4l-8 8",
  /** Down; turned over by style for up. */
  sort: "M8 2v12M3.5 9.5 8 14l4.5-4.5",
} as const;

/** An icon; what it means stands beside it, or in the label of its button. */
export function Icon({ name, size = 16 }: { readonly name: keyof typeof paths; readonly size?: number }) {
  return (
    <svg class="drawn" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}
