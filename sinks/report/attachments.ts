// The files that go with the mail of a report: what fits, the newest day first; the rest is linked.
import type { MailAttachment, ReportArchive } from '../../infra/ports.ts'
import type { MessageContent } from '../../schemas/subscriptions.ts'
import { CONTENT_TYPES, kindOf } from './core/paths.ts'

/** Together: mail grows by a third on its way, and some servers take no more than a few megabytes. */
export const ATTACHED_AT_MOST_BYTES = 1_500_000
/** A mail with more files than this is put aside, not read. */
const FILES_AT_MOST = 4

/**
 * The PDF of each day, or its page and table where there is none. Rejects with `OutageError` where the
 * archive is away; what is not there any more is left out.
 */
export async function reportAttachments(
  content: MessageContent,
  archive: Pick<ReportArchive, 'get'>,
): Promise<readonly MailAttachment[]> {
  if (content.kind !== 'report') return []
  const paths = content.archived.toReversed().flatMap(path => {
    return kindOf(path) === 'html' ? [path, path.replace(/html$/, 'csv')] : [path]
  })
  const attachments: MailAttachment[] = []
  let bytes = 0
  for (const path of paths.slice(0, FILES_AT_MOST)) {
    const file = await archive.get(path)
    const kind = kindOf(path)
    if (file === null || kind === null || bytes + file.length > ATTACHED_AT_MOST_BYTES) continue
    bytes += file.length
    const filename = `bandcamp-${path.slice(path.lastIndexOf('/') + 1)}`
    attachments.push({ filename, contentType: CONTENT_TYPES[kind], content: file })
  }
  return attachments
}
