const longest = 128;

/** Whether a text can name something in keys, tables and messages: short, well-formed, without control characters. */
export function isPlainText(text: string): boolean {
  return text !== '' && text.length <= longest && text.isWellFormed() && !/\p{Cc}/u.test(text);
}
