/** How long the parts of a case took, in whole seconds; absent where one did not happen. */
export type Durations = {
  /** From the signal's own start until an incident was open. */
  readonly noticed?: number
  /** From there to the first diagnosis. */
  readonly cause?: number
  /** From the first plan to its approval. */
  readonly decision?: number
  /** From the approval to the verified effect. */
  readonly repair?: number
  readonly whole?: number
}

/** `63 s`, `5 min 26 s`, `2 h 3 min`. */
export const spanText = (seconds: number): string => {
  if (seconds < 100) return `${seconds} s`
  if (seconds < 3_600)
    return [`${Math.floor(seconds / 60)} min`, seconds % 60 === 0 ? '' : ` ${seconds % 60} s`].join('')
  const minutes = Math.round(seconds / 60)
  return [`${Math.floor(minutes / 60)} h`, minutes % 60 === 0 ? '' : ` ${minutes % 60} min`].join('')
}

/** `noticed 12 s, cause 6 s, decision 63 s, repair 80 s`: the parts that happened. */
export const partsText = ({ noticed, cause, decision, repair }: Durations): string =>
  Object.entries({ noticed, cause, decision, repair })
    .flatMap(([name, seconds]) => (seconds === undefined ? [] : [`${name} ${spanText(seconds)}`]))
    .join(', ')
