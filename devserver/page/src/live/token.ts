const tokenKey = "micro.token";

/** The token stands in the fragment, which is sent nowhere; kept for this tab, it goes from the address bar. */
export function takeToken(): string {
  const fragment = location.hash.slice(1);
  if (/^[\w-]{22}$/.test(fragment)) {
    sessionStorage.setItem(tokenKey, fragment);
    history.replaceState(null, "", "/");
  }
  return sessionStorage.getItem(tokenKey) ?? "";
}
