// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

/**
 * Text from a cluster without what could move a terminal's cursor, change its colours, reorder or hide characters. Tabs and
 * newlines stay.
 */
export const safeText = (text: string): string => text.replace(control, '')
