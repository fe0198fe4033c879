const { action, fields } = window.task;
const uploader = new window.plupload.Uploader({
  runtimes: 'html5',
  browse_button: 'root',
  url: action,
  multipart_params: fields,
  init: { FilesAdded: (up) => up.start() },
});
uploader.init();
