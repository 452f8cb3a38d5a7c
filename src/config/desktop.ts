import type { Env } from './raw.ts'

/** Whether a page can be shown to a person here: macOS, or a Linux session with a display. */
export const hasDesktop = (env: Env = process.env, platform: string = process.platform): boolean =>
  platform === 'darwin' || env['DISPLAY'] !== undefined || env['WAYLAND_DISPLAY'] !== undefined

/** Whether npm runs this: its shell dies of a signal without passing it on. */
export const underNpm = (env: Env = process.env): boolean => env['npm_lifecycle_event'] !== undefined
