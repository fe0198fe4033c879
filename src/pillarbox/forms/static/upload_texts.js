// What a visitor reads, in English and Simplified Chinese, and how numbers are written.
//
// `{name}` is filled in. Under `refusals` stands a sentence for every code that a store answers
// with; the first of them are the page's own verdicts, before anything is sent. A site may change
// a text, or add a language under its tag: what is missing there is said in English.

export const TEXTS = {
  en: {
    title: 'Upload files',
    drop: 'Drop files here',
    dropOne: 'Drop a file here',
    chooseFile: 'Choose a file',
    chooseFiles: 'Choose files',
    chooseFolder: 'Choose a folder',
    hint: 'Files are sent as soon as you choose them.',
    atMost: 'At most {max} per file',
    atLeast: 'at least {min} per file',
    types: 'Allowed: {types}',
    expires: 'Open until {time}',
    onlyOne: 'Only one file can be sent here: {name}.',
    folderUnread: 'This browser cannot read a dropped folder here. Use the button instead.',
    opening: 'Asking the site for a form …',
    noForm: 'The site gave no upload form. {why}',
    siteSilent: 'It does not answer.',
    notAForm: 'What it gave is something else.',
    files: 'Files',
    total: 'All files',
    totalCount: '{done} of {count} files uploaded',
    totalBytes: '{loaded} of {size}',
    speed: '{speed}/s',
    left: '{time} left',
    waiting: 'Waiting',
    sending: 'Sending',
    finishing: 'Sent; the store is saving it',
    lost: 'The connection was lost.',
    nextTry: '{why} Next try in {time}.',
    failed: 'The connection was lost, and {tries} tries did not bring it back.',
    cancelled: 'Cancelled',
    uploaded: 'Uploaded',
    sentences: '{one}. {other}',
    uploadedAs: 'Uploaded as {name}, for that name was taken',
    blocked:
      "The store does not let this page read its answers: the bucket has no CORS rule for this page's " +
      'address. The file can still be sent, without a progress bar; the browser then shows the ' +
      "store's answer.",
    cancel: 'Cancel',
    cancelAll: 'Cancel all',
    retry: 'Try again',
    remove: 'Remove',
    sendPlainly: 'Send without progress',
    request: 'request {id}',
    added: '{count} files added.',
    addedOne: '{name} added.',
    finished: 'Finished: {done} uploaded, {others} not uploaded.',
    separator: ' · ',
    list: ', ',
    refusals: {
      PolicyExpired: 'This upload form has expired. Reload the page to get a new one.',
      TypeNotAllowed: 'Files of the type {type} are not allowed here. Allowed: {types}.',
      Unknown: 'The store refused the file. Its message: {message}',
      EntityTooLarge: 'The file is too large: it has {size}, and {limit} are allowed.',
      EntityTooSmall: 'The file is too small: it has {size}, and the least is {limit}.',
      AccessDenied: 'The store does not allow this upload. Its message: {message}',
      FileAlreadyExists: 'There is a file of this name already, and it may not be replaced.',
      InvalidObjectName: 'The store cannot keep a file under this name. Give it a shorter, simpler name.',
      IncompleteBody: 'The file did not arrive whole. Try again.',
      RequestTimeout: 'The connection was too slow, and the store gave up waiting. Try again.',
      ServiceUnavailable: 'The store is busy at the moment. Try again soon.',
      UploadTrafficRateLimitExceeded: 'Too much is being uploaded at the moment. Try again soon.',
      InternalError: 'The store met an error of its own. Try again; tell the site if it stays.',
      QuotaExceeded: 'There is no room left for this file here. Please tell the site.',
      InsufficientStorage: 'The store has no room left for this file. Please tell the site.',
      CallbackFailed: 'The file is stored, but the site could not be told of it yet.',
      FileImmutable: 'There is a file of this name already, and it is protected from changes.',
      NoSuchBucket: 'The place for these files does not exist. Please tell the site.',
      NoSuchKey: 'The store does not have what was asked for. Please tell the site.',
      InvalidPolicyDocument: 'The upload form of this page is faulty (its policy). Please tell the site.',
      InvalidAccessKeyId: 'The upload form of this page is no longer valid (its AccessKey). Please tell the site.',
      NoSuchBucketPolicy: 'The store has no policy for this bucket. Please tell the site.',
      UserDisable: 'The account of this upload form is disabled. Please tell the site.',
      SignatureDoesNotMatch: 'The upload form of this page is faulty (its signature). Please tell the site.',
      InvalidURI: 'The store cannot keep a file under this name. Give it a shorter, simpler name.',
      KeyTooLongError: 'The store cannot keep a file under this name. Give it a shorter, simpler name.',
      ExpiredToken: 'The upload form of this page has expired (its token). Reload the page.',
      InvalidToken: 'The upload form of this page is faulty (its token). Please tell the site.',
      AccountProblem: 'The account of this upload form is disabled. Please tell the site.',
      MaxPostPreDataLengthExceeded: 'The fields of the upload form are too long. Please tell the site.',
      BadDigest: 'The file was damaged on its way. Try again.',
      InvalidTag: 'The upload form has a faulty tag. Please tell the site.',
      InvalidStorageClass: 'The upload form asks for a storage class that the store does not know. Please tell the site.',
      SecurityTokenExpired: 'The upload form of this page has expired (its token). Reload the page.',
      InvalidSecurityToken: 'The upload form of this page is faulty (its token). Please tell the site.',
      AccessKeyIdAndSecurityTokenNotMatch:
        'The upload form of this page is faulty (its token belongs to another AccessKey). Please tell the site.',
      RequestTimeTooSkewed: "The site's clock is wrong, so the store refuses its form. Please tell the site.",
      InvalidArgument: 'The upload form of this page has a faulty field: {message}',
      InvalidRequest: 'The store does not understand this request. Please tell the site.',
      InvalidBucketName: 'The upload form of this page goes to a bucket that cannot exist. Please tell the site.',
      RequestIsNotMultiPartContent: 'The file was sent in a way that the store does not read. Please tell the site.',
      MalformedPOSTRequest: 'The upload arrived damaged. Try again.',
      IncorrectNumberOfFilesInPOSTRequest: 'The store takes exactly one file at a time. Please tell the site.',
      FieldItemTooLong: 'A field of the upload form is too long. Please tell the site.',
      MaxPOSTPreDataLengthExceededError: 'The fields of the upload form are too long. Please tell the site.',
      InvalidDigest: 'The file was damaged on its way. Try again.',
      InvalidCRC64: 'The file was damaged on its way. Try again.',
      InvalidEncryptionAlgorithmError:
        'The upload form asks for an encryption that the store does not know. Please tell the site.',
      InvalidDataEncryptionAlgorithmError:
        'The upload form asks for an encryption that the store does not know. Please tell the site.',
      KmsServiceNotEnabled: 'The store cannot encrypt the file as the upload form asks. Please tell the site.',
      InvalidPart: 'Parts of the upload do not fit together. Please tell the site.',
      InvalidPartOrder: 'Parts of the upload are not in order. Please tell the site.',
      NoSuchUpload: 'The store does not know of this upload in parts. Please tell the site.',
      InvalidTaggingKey: 'The upload form has a faulty tag. Please tell the site.',
      RepeatedTags: 'A file cannot have the same tag twice. Please tell the site.',
      TooManyTags: 'A file cannot have so many tags. Please tell the site.',
      MissingArgument: 'The request to the store is not complete. Please tell the site.',
      MalformedXML: 'The store could not read the request. Please tell the site.',
      TooManyBuckets: 'The store has as many buckets as it may have. Please tell the site.',
      CORSRuleBeyondLimit: 'The bucket has too many CORS rules. Please tell the site.',
      OperationNotSupported: 'What the page asked for is not done to such a file. Please tell the site.',
      BadRequest: 'The browser sent a request that the store does not understand. Please tell the site.',
      AccessForbidden: 'The bucket has no CORS rule for this page. Please tell the site.',
      NoSuchCORSConfiguration: 'The bucket has no CORS rules. Please tell the site.',
      MethodNotAllowed: 'The upload form goes to a place that takes no files. Please tell the site.',
      BucketAlreadyExists: 'The bucket exists already. Please tell the site.',
      BucketNotEmpty: 'The bucket is not empty. Please tell the site.',
      MissingContentLength: 'The browser did not say how long the upload is. Try again.',
      PreconditionFailed: 'The file in the store has changed meanwhile. Try again.',
      InvalidRange: 'The store does not have the part that was asked for. Please tell the site.',
      NotImplemented: 'The upload form asks for something that this store cannot do: {message}',
    },
  },
  zh: {
    title: '上传文件',
    drop: '将文件拖放到这里',
    dropOne: '将文件拖放到这里',
    chooseFile: '选择文件',
    chooseFiles: '选择文件',
    chooseFolder: '选择文件夹',
    hint: '选择后立即上传。',
    atMost: '每个文件不超过 {max}',
    atLeast: '每个文件不小于 {min}',
    types: '允许的类型：{types}',
    expires: '有效至 {time}',
    onlyOne: '这里只能上传一个文件：{name}。',
    folderUnread: '浏览器无法在此读取拖放的文件夹，请使用按钮选择。',
    opening: '正在向网站获取上传表单……',
    noForm: '网站没有给出上传表单。{why}',
    siteSilent: '网站没有应答。',
    notAForm: '网站给出的内容不是表单。',
    files: '文件',
    total: '全部文件',
    totalCount: '已上传 {done}/{count} 个文件',
    totalBytes: '{loaded}/{size}',
    speed: '{speed}/秒',
    left: '剩余 {time}',
    waiting: '等待中',
    sending: '正在上传',
    finishing: '已发送，正在保存',
    lost: '连接已断开。',
    nextTry: '{why}{time}后重试。',
    failed: '连接已断开，重试 {tries} 次后仍未恢复。',
    cancelled: '已取消',
    uploaded: '已上传',
    sentences: '{one}。{other}',
    uploadedAs: '原文件名已被占用，已上传为 {name}',
    blocked:
      '存储服务不允许本页面读取它的应答：存储空间没有针对本页面地址的 CORS 规则。' +
      '文件仍可发送，但没有进度显示；发送后浏览器会显示存储服务的应答。',
    cancel: '取消',
    cancelAll: '全部取消',
    retry: '重试',
    remove: '移除',
    sendPlainly: '直接发送（无进度）',
    request: '请求 {id}',
    added: '已添加 {count} 个文件。',
    addedOne: '已添加 {name}。',
    finished: '完成：{done} 个已上传，{others} 个未上传。',
    separator: ' · ',
    list: '、',
    refusals: {
      PolicyExpired: '此上传表单已过期，请刷新页面后重试。',
      TypeNotAllowed: '这里不允许上传 {type} 类型的文件。允许的类型：{types}。',
      Unknown: '存储服务拒绝了该文件，其说明为：{message}',
      EntityTooLarge: '文件太大：大小为 {size}，最多允许 {limit}。',
      EntityTooSmall: '文件太小：大小为 {size}，至少需要 {limit}。',
      AccessDenied: '存储服务不允许此次上传，其说明为：{message}',
      FileAlreadyExists: '已有同名文件，且不允许覆盖。',
      InvalidObjectName: '存储服务无法使用此文件名，请改用更短、更简单的文件名。',
      IncompleteBody: '文件没有完整送达，请重试。',
      RequestTimeout: '连接太慢，存储服务已停止等待，请重试。',
      ServiceUnavailable: '存储服务目前繁忙，请稍后重试。',
      UploadTrafficRateLimitExceeded: '目前上传流量过大，请稍后重试。',
      InternalError: '存储服务内部出错，请重试；如仍然出错，请联系网站。',
      QuotaExceeded: '此处的存储配额已用完，无法保存此文件，请联系网站。',
      InsufficientStorage: '存储空间不足，无法保存此文件，请联系网站。',
      CallbackFailed: '文件已保存，但暂时未能通知网站。',
      FileImmutable: '已有同名文件，且该文件受保护，不能更改。',
      NoSuchBucket: '存放文件的存储空间不存在，请联系网站。',
      NoSuchKey: '存储服务中没有所请求的内容，请联系网站。',
      InvalidPolicyDocument: '本页面的上传表单有误（策略），请联系网站。',
      InvalidAccessKeyId: '本页面的上传表单已失效（AccessKey），请联系网站。',
      NoSuchBucketPolicy: '此存储空间没有授权策略，请联系网站。',
      UserDisable: '本上传表单所属的账号已被停用，请联系网站。',
      SignatureDoesNotMatch: '本页面的上传表单有误（签名），请联系网站。',
      InvalidURI: '存储服务无法使用此文件名，请改用更短、更简单的文件名。',
      KeyTooLongError: '存储服务无法使用此文件名，请改用更短、更简单的文件名。',
      ExpiredToken: '本页面的上传表单已过期（令牌），请刷新页面。',
      InvalidToken: '本页面的上传表单有误（令牌），请联系网站。',
      AccountProblem: '本上传表单所属的账号已被停用，请联系网站。',
      MaxPostPreDataLengthExceeded: '上传表单的字段总长度过长，请联系网站。',
      BadDigest: '文件在传输中损坏，请重试。',
      InvalidTag: '上传表单中有一个标签有误，请联系网站。',
      InvalidStorageClass: '上传表单要求的存储类型不受支持，请联系网站。',
      SecurityTokenExpired: '本页面的上传表单已过期（令牌），请刷新页面。',
      InvalidSecurityToken: '本页面的上传表单有误（令牌），请联系网站。',
      AccessKeyIdAndSecurityTokenNotMatch: '本页面的上传表单有误（令牌与 AccessKey 不匹配），请联系网站。',
      RequestTimeTooSkewed: '网站的时钟不准，存储服务拒绝了它的表单，请联系网站。',
      InvalidArgument: '本页面的上传表单中有一个字段有误：{message}',
      InvalidRequest: '存储服务无法理解此请求，请联系网站。',
      InvalidBucketName: '本页面的上传表单指向了无效的存储空间名称，请联系网站。',
      RequestIsNotMultiPartContent: '文件的发送方式无法被存储服务识别，请联系网站。',
      MalformedPOSTRequest: '上传的数据已损坏，请重试。',
      IncorrectNumberOfFilesInPOSTRequest: '存储服务一次只接收一个文件，请联系网站。',
      FieldItemTooLong: '上传表单中有一个字段过长，请联系网站。',
      MaxPOSTPreDataLengthExceededError: '上传表单的字段总长度过长，请联系网站。',
      InvalidDigest: '文件在传输中损坏，请重试。',
      InvalidCRC64: '文件在传输中损坏，请重试。',
      InvalidEncryptionAlgorithmError: '上传表单要求的加密方式不受支持，请联系网站。',
      InvalidDataEncryptionAlgorithmError: '上传表单要求的加密方式不受支持，请联系网站。',
      KmsServiceNotEnabled: '存储服务无法按上传表单的要求加密文件，请联系网站。',
      InvalidPart: '分片上传的内容不一致，请联系网站。',
      InvalidPartOrder: '分片的顺序有误，请联系网站。',
      NoSuchUpload: '存储服务中没有此分片上传，请联系网站。',
      InvalidTaggingKey: '上传表单中的标签有误，请联系网站。',
      RepeatedTags: '同一文件的标签不能重复，请联系网站。',
      TooManyTags: '文件的标签过多，请联系网站。',
      MissingArgument: '发往存储服务的请求不完整，请联系网站。',
      MalformedXML: '存储服务无法读取此请求，请联系网站。',
      TooManyBuckets: '存储空间的数量已达上限，请联系网站。',
      CORSRuleBeyondLimit: '存储空间的 CORS 规则过多，请联系网站。',
      OperationNotSupported: '此类文件不支持该操作，请联系网站。',
      BadRequest: '存储服务无法理解浏览器发出的请求，请联系网站。',
      AccessForbidden: '存储空间没有针对本页面的 CORS 规则，请联系网站。',
      NoSuchCORSConfiguration: '存储空间没有 CORS 规则，请联系网站。',
      MethodNotAllowed: '上传表单指向的地址不接收文件，请联系网站。',
      BucketAlreadyExists: '存储空间已存在，请联系网站。',
      BucketNotEmpty: '存储空间不为空，请联系网站。',
      MissingContentLength: '浏览器没有说明上传数据的长度，请重试。',
      PreconditionFailed: '存储服务中的文件已发生变化，请重试。',
      InvalidRange: '存储服务中没有所请求的部分，请联系网站。',
      NotImplemented: '上传表单的要求超出了此存储服务的功能：{message}',
    },
  },
};

const TYPE_NAMES = {
  'application/msword': 'DOC',
  'application/vnd.oasis.opendocument.presentation': 'ODP',
  'application/vnd.oasis.opendocument.spreadsheet': 'ODS',
  'application/vnd.oasis.opendocument.text': 'ODT',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'PPTX',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'XLSX',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'DOCX',
  'image/svg+xml': 'SVG',
  'text/plain': 'TXT',
};
const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'];

/** Says things in one language. */
export class Wording {
  /** @param {string[]} wanted language tags, the best first; English if none of them is there. */
  constructor(wanted) {
    const tags = wanted.map((tag) => tag.toLowerCase());
    const known = Object.keys(TEXTS);
    const matches = tags.map((tag) => known.find((name) => tag === name || tag.startsWith(`${name}-`)));
    const name = matches.find(Boolean) ?? 'en';
    /** As a BCP 47 tag, for the attribute `lang` and for the way numbers are written. */
    this.tag = name === 'zh' ? 'zh-Hans' : name;
    this.texts = { ...TEXTS.en, ...TEXTS[name] };
  }

  say(name, values = {}) {
    return fill(this.texts[name], values);
  }

  /** Several facts in one line, which breaks between them only. */
  line(parts) {
    return parts.map((part) => part.replaceAll(' ', '\u00a0')).join(this.texts.separator);
  }

  /** The sentence for a refusal: `{code, message, …}`; what it needs besides is in `values`. */
  refusal({ code, message = '' }, values = {}) {
    const sentences = { ...TEXTS.en.refusals, ...this.texts.refusals };
    return fill(sentences[code] ?? sentences.Unknown, { message: message || code, ...values });
  }

  /** Why there is no form to upload by. */
  noForm({ why, message }) {
    return this.say('noForm', { why: why ? this.say(why) : message });
  }

  /** A size in bytes, as in "1.4 MB"; a megabyte has 1,048,576 of them. */
  size(bytes) {
    const step = bytes < 1000 ? 0 : Math.min(3, Math.max(1, Math.floor(Math.log2(bytes) / 10)));
    const value = bytes / 1024 ** step;
    return this.number(value, UNITS[step], step === 0 ? 'long' : 'short', value < 10 && step ? 1 : 0);
  }

  /** Two sizes side by side: in bytes if they would read the same otherwise. */
  sizes(one, other) {
    const short = [this.size(one), this.size(other)];
    return short[0] !== short[1] ? short : [one, other].map((bytes) => this.number(bytes, 'byte', 'long'));
  }

  seconds(value) {
    if (value < 90) return this.number(Math.max(1, Math.ceil(value)), 'second', 'short');
    if (value < 5400) return this.number(Math.round(value / 60), 'minute', 'short');
    return this.number(Math.round(value / 3600), 'hour', 'short');
  }

  percent(share) {
    return new Intl.NumberFormat(this.tag, { style: 'percent' }).format(share);
  }

  /** A moment of today by its time, another one with its date. */
  moment(date) {
    const today = new Date().toDateString() === date.toDateString();
    const style = today ? { timeStyle: 'short' } : { dateStyle: 'medium', timeStyle: 'short' };
    return new Intl.DateTimeFormat(this.tag, style).format(date);
  }

  /** Content types by the names that people know. */
  types(types) {
    return types
      .map((type) => TYPE_NAMES[type] ?? (type.endsWith('/*') ? type : type.split('/').pop().toUpperCase()))
      .join(this.texts.list);
  }

  number(value, unit, unitDisplay, maximumFractionDigits = 0) {
    const style = { style: 'unit', unit, unitDisplay, maximumFractionDigits };
    return new Intl.NumberFormat(this.tag, style).format(value);
  }
}

function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ''));
}
