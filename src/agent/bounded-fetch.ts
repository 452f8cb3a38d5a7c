import { ModelFailure } from './failure.ts'

/** The most bytes of one answer, streaming overhead included: far more than the tokens of a reply need. */
const most = 4_000_000

/** fetch that follows no redirect, as that would carry the key elsewhere, and ends an answer that does not end. */
export const boundedFetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
  const response = await fetch(input, { ...init, redirect: 'error' })
  if (response.body === null) return response
  let bytes = 0
  const counted = response.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller) => {
        bytes += chunk.byteLength
        if (bytes > most) controller.error(new ModelFailure('too-large'))
        else controller.enqueue(chunk)
      },
    }),
  )
  return new Response(counted, { status: response.status, statusText: response.statusText, headers: response.headers })
}
