/** One call of GitHub's REST API that must succeed; throws with the method, path and answer where it does not. */
export type GitHubCalls = {
  get<T>(path: string): Promise<T>
  send<T>(method: 'POST' | 'PATCH' | 'PUT', path: string, body: object): Promise<T>
}

/** Calls as the owner of a token. */
export const githubCalls = (base: string, token: string): GitHubCalls => {
  const call = async <T>(method: string, path: string, body?: object): Promise<T> => {
    const response = await fetch(`${base}${path}`, {
      method,
      signal: AbortSignal.timeout(10_000),
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text.slice(0, 200)}`)
    return JSON.parse(text) as T
  }
  return { get: (path) => call('GET', path), send: (method, path, body) => call(method, path, body) }
}
