import type { ComponentChildren } from "preact";

function Icon({ size = 16, children }: { readonly size?: number; readonly children: ComponentChildren }) {
  return (
    <svg
      width={size}
      height={size}
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

/** The mark beside the name: one service that leads to two. */
export const LogoIcon = () => (
  <Icon size={18}>
    <path d="M5.5 7.2 10.6 4M5.5 8.8l5.1 3.2" />
    <circle cx="3.8" cy="8" r="1.9" fill="currentColor" />
    <circle cx="12.2" cy="3.4" r="1.8" />
    <circle cx="12.2" cy="12.6" r="1.8" />
  </Icon>
);

/** Again. */
export const ReloadIcon = () => (
  <Icon>
    <path d="M13.2 8a5.2 5.2 0 1 1-1.6-3.8M13.3 2v2.6h-2.6" />
  </Icon>
);

/** Light. */
export const SunIcon = () => (
  <Icon>
    <circle cx="8" cy="8" r="2.7" />
    <path d="M8 1.5v1M8 13.5v1M1.5 8h1M13.5 8h1M3.4 3.4l.7.7M11.9 11.9l.7.7M12.6 3.4l-.7.7M4.1 11.9l-.7.7" />
  </Icon>
);

/** Dark. */
export const MoonIcon = () => (
  <Icon>
    <path d="M13.3 9.7A5.7 5.7 0 0 1 6.3 2.7a5.7 5.7 0 1 0 7 7Z" />
  </Icon>
);

/** As the system has it. */
export const HalfIcon = () => (
  <Icon>
    <circle cx="8" cy="8" r="5.6" />
    <path d="M8 2.4a5.6 5.6 0 0 1 0 11.2Z" fill="currentColor" />
  </Icon>
);

/** What helps. */
export const HelpIcon = () => (
  <Icon>
    <circle cx="8" cy="8" r="6.2" />
    <path d="M6.3 6.3a1.8 1.8 0 1 1 2.5 1.7c-.5.2-.8.6-.8 1.1M8 11.4v.1" />
  </Icon>
);

/** Away with it. */
export const CloseIcon = () => (
  <Icon>
    <path d="m4 4 8 8M12 4l-8 8" />
  </Icon>
);

/** Down; turned over by style for up. */
export const SortIcon = () => (
  <Icon size={10}>
    <path d="M8 2v12M3.5 9.5 8 14l4.5-4.5" stroke-width="2" />
  </Icon>
);
