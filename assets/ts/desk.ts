// What only the desk uses, beside site.js.
import "./note";
import "./week";
