// What only the desk uses, beside site.js.
import "./calls";
import "./note";
import "./week";
