/** A tool as a model is told about it: a name, what it is for, and the JSON Schema of its input. */
export type ToolDefinition = {
  readonly name: string
  readonly description: string
  readonly schema: Readonly<Record<string, unknown>>
}

/** A wish of the model to use a tool. `input` is whatever it sent: not checked, maybe not even an object. */
export type ToolCall = { readonly id: string; readonly name: string; readonly input: unknown }

/** What a tool gave back, already redacted and bounded. */
export type ToolResult = { readonly id: string; readonly text: string; readonly failed: boolean }

/** One part of a conversation. `content` of the model's parts is the vendor's own, handed back as it came. */
export type Exchange =
  | { readonly kind: 'user'; readonly text: string }
  | { readonly kind: 'model'; readonly content: unknown }
  | { readonly kind: 'results'; readonly results: readonly ToolResult[]; readonly text?: string }

/** Tokens of one reply. `input` counts all that was read, `cacheRead` and `cacheWrite` are parts of it. */
export type TokenCount = {
  readonly input: number
  readonly cacheRead: number
  readonly cacheWrite: number
  readonly output: number
}

/** Why a reply ended. `cut-off`: it was longer than allowed; what it holds is not whole. */
export type StopKind = 'calls' | 'end' | 'cut-off' | 'refused'

/** One reply of a model. */
export type Reply = {
  readonly content: unknown
  readonly calls: readonly ToolCall[]
  readonly stop: StopKind
  readonly tokens: TokenCount
}

/** What is asked of a model in one turn. `system` and `tools` are the same bytes every time, so that they are cached. */
export type Request = {
  readonly system: string
  readonly tools: readonly ToolDefinition[]
  readonly history: readonly Exchange[]
  readonly maxTokens: number
}

/** A language model behind one vendor's API. Throws ModelFailure for everything that goes wrong outside. */
export type Model = { readonly name: string; reply(request: Request, signal: AbortSignal): Promise<Reply> }
