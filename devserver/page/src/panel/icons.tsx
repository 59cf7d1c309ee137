import type { ComponentChildren } from "preact";

function Icon({ children }: { readonly children: ComponentChildren }) {
  return (
    <svg
      class="mark"
      width="14"
      height="14"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.5"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

/** It went well. */
export const OkIcon = () => (
  <Icon>
    <circle cx="8" cy="8" r="6.2" />
    <path d="m5.4 8.2 1.8 1.8 3.4-3.9" />
  </Icon>
);

/** It failed. */
export const FailedIcon = () => (
  <Icon>
    <path d="M5.4 1.8h5.2l3.6 3.6v5.2l-3.6 3.6H5.4l-3.6-3.6V5.4Z" fill="currentColor" fill-opacity="0.16" />
    <path d="m5.9 5.9 4.2 4.2M10.1 5.9l-4.2 4.2" />
  </Icon>
);

/** Into the editor. */
export const EditIcon = () => (
  <Icon>
    <path d="m9.6 3.6 2.8 2.8M2.5 13.5l.7-3.4 7.5-7.5a1.4 1.4 0 0 1 2 0l.7.7a1.4 1.4 0 0 1 0 2L5.9 12.8Z" />
  </Icon>
);

/** Into the clipboard. */
export const CopyIcon = () => (
  <Icon>
    <rect x="5.5" y="5.5" width="8" height="8" rx="1.5" />
    <path d="M10.5 5.5v-2a1 1 0 0 0-1-1h-6a1 1 0 0 0-1 1v6a1 1 0 0 0 1 1h2" />
  </Icon>
);

/** Once more. */
export const ReplayIcon = () => (
  <Icon>
    <path d="M3 3v3.4h3.4M3.2 6.2A5.4 5.4 0 1 1 2.6 9" />
  </Icon>
);

/** As a file. */
export const DownloadIcon = () => (
  <Icon>
    <path d="M8 2v7.5M4.8 6.6 8 9.8l3.2-3.2M2.5 13.5h11" />
  </Icon>
);

/** Unfolds; turned by style when it has. */
export const ChevronIcon = () => (
  <Icon>
    <path d="m6 3.5 4.5 4.5L6 12.5" />
  </Icon>
);

/** There it goes on. */
export const PauseIcon = () => (
  <Icon>
    <path d="M5.5 3v10M10.5 3v10" stroke-width="2" />
  </Icon>
);

/** Less of it. */
export const MinimizeIcon = () => (
  <Icon>
    <path d="M3 8h10" />
  </Icon>
);
