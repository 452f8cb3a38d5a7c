/** How long ago, as kubectl writes ages: `45s`, `12m`, `3h12m`, `5d3h`; `?` where the time is not known. */
export const age = (then: string | undefined, now: number): string => {
  const at = Date.parse(then ?? '')
  if (!Number.isFinite(at)) return '?'
  const seconds = Math.max(0, Math.round((now - at) / 1000))
  if (seconds < 120) return `${seconds}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 120) return `${minutes}m`
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return hours < 10 && minutes % 60 > 0 ? `${hours}h${minutes % 60}m` : `${hours}h`
  const days = Math.floor(hours / 24)
  return days < 10 && hours % 24 > 0 ? `${days}d${hours % 24}h` : `${days}d`
}
