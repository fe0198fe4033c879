import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import Upload from 'rc-upload';

const { action, fields } = window.task;
const upload = createElement(Upload, { action, data: fields, name: 'file' }, 'Upload');
createRoot(document.getElementById('root')).render(upload);
