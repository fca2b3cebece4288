// What only the desk uses, beside site.js.
import "./calls";
import "./leaving";
import "./note";
import "./week";
