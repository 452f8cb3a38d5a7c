/** Seconds of a text such as 90s, 10m or 2h; not a number where it is none. */
export const secondsOf = (text: string): number => {
  const match = /^(\d{1,6})([smh])$/.exec(text)
  if (match === null) return Number.NaN
  return Number(match[1]) * (match[2] === 'h' ? 3600 : match[2] === 'm' ? 60 : 1)
}
