/** Each request to another place ends within this, in ms. */
const deadline = 10_000
const longestAnswer = 1_000_000

/** The answer of another place: a status below 500 that is no plea to come again. */
export type Answer = { readonly status: number; readonly text: string }

/**
 * One request to another place; redirects are not followed, so credentials stay here. Throws where it is away or asks to be asked
 * again later; the error never holds what was sent.
 */
export const ask = async (
  what: string,
  url: string,
  request: { readonly method: string; readonly headers: Readonly<Record<string, string>>; readonly body?: string },
  signal: AbortSignal,
): Promise<Answer> => {
  let response: Response
  try {
    response = await fetch(url, {
      ...request,
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(deadline)]),
    })
  } catch (error) {
    const { name, cause } = error as { name?: string; cause?: { code?: unknown } }
    const why =
      name === 'TimeoutError' ? 'did not answer in time' : `cannot be reached (${String(cause?.code ?? name)})`
    throw new Error(`${what} ${why}`)
  }
  const text = (await response.text()).slice(0, longestAnswer)
  if (response.status >= 500 || [408, 425, 429].includes(response.status))
    throw new Error(`${what} answered ${response.status}`)
  return { status: response.status, text }
}

/** What a refusal says to an operator: which status, never the body, which may hold what we sent. */
export const refusal = (what: string, { status }: Answer) =>
  ({
    kind: 'refused',
    message: status >= 300 && status < 400 ? `${what} redirects, which is not followed` : `${what} answered ${status}`,
  }) as const
