/** Switches between light and dark and keeps the choice. */
export function toggleTheme(redraw) {
  const next = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark'
  document.documentElement.dataset.theme = next
  localStorage.setItem('local-slack.theme', next)
  redraw()
}

/** Follows the kept choice, or the system where there is none. */
export function setTheme() {
  const dark = matchMedia('(prefers-color-scheme: dark)')
  const follow = () => {
    document.documentElement.dataset.theme =
      localStorage.getItem('local-slack.theme') ?? (dark.matches ? 'dark' : 'light')
  }
  dark.addEventListener('change', follow)
  follow()
}
