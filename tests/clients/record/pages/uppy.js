import Uppy from '@uppy/core';
import XHRUpload from '@uppy/xhr-upload';

const { action, fields } = window.task;
const uppy = new Uppy({ autoProceed: true, meta: fields });
uppy.use(XHRUpload, { endpoint: action, fieldName: 'file', formData: true });
const input = document.createElement('input');
input.type = 'file';
input.addEventListener('change', () => {
  for (const file of input.files) uppy.addFile({ name: file.name, type: file.type, data: file });
});
document.getElementById('root').append(input);
